package onnx

import "slices"

// arranged returns the nodes of a graph in an order in which each follows those whose
// values it uses, as the standard demands: converters to float16 append the casts of
// inputs at the end. Nodes that use each other remain at the end.
func arranged(nodes []*node) ([]*node, error) {
	maker := map[string]int{}
	for i, n := range nodes {
		for _, out := range n.outputs {
			if out != "" {
				maker[out] = i
			}
		}
	}
	sorted := true
	missing, users := make([]int, len(nodes)), make([][]int, len(nodes))
	for i, n := range nodes {
		used, err := n.uses(0)
		if err != nil {
			return nil, err
		}
		for _, name := range used {
			if from, ok := maker[name]; ok {
				sorted = sorted && from < i
				missing[i]++
				users[from] = append(users[from], i)
			}
		}
	}
	if sorted {
		return nodes, nil
	}
	var ready []int
	for i := range nodes {
		if missing[i] == 0 {
			ready = append(ready, i)
		}
	}
	var all []*node
	for len(ready) > 0 {
		i := ready[0]
		ready, all = ready[1:], append(all, nodes[i])
		for _, user := range users[i] {
			if missing[user]--; missing[user] == 0 {
				ready = append(ready, user)
			}
		}
	}
	for i, n := range nodes {
		if missing[i] > 0 {
			all = append(all, n)
		}
	}
	return all, nil
}

// uses returns the names of the values that a node uses, those in its graphs included.
// depth is that of its own graph.
func (n *node) uses(depth int) ([]string, error) {
	used := n.inputs
	if depth > deepest { // checkGraph refuses it
		return used, nil
	}
	for _, a := range n.attributes {
		for _, data := range slices.Concat(a.all(attributeGraph), a.all(attributeGraphs)) {
			graph, err := parse(data)
			if err != nil {
				return nil, err
			}
			nodes, err := parseNodes(graph)
			if err != nil {
				return nil, err
			}
			for _, inner := range nodes {
				more, err := inner.uses(depth + 1)
				if err != nil {
					return nil, err
				}
				used = append(used[:len(used):len(used)], more...)
			}
		}
	}
	return used, nil
}
