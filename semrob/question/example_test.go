package question_test

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// A record is plain data with every number that decides the result.
func ExampleRecord() {
	q := &question.Regions{Method: question.RegionMethod{Method: region.OIRB{Alpha: 0.1}}, Starts: [][]float64{{130, 30}}}
	if err := q.Complete(objective.Viewpoints()); err != nil {
		fmt.Println(err)
		return
	}
	text, err := question.NewRecord(nil, q).JSON() // of a map whose subject is unknown
	if err != nil {
		fmt.Println(err)
		return
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, []byte(text), "", "  "); err != nil {
		fmt.Println(err)
	}
	fmt.Println(&indented)

	again, err := question.Parse(text)
	fmt.Println(again.Question.(*question.Regions).Method.Name(), err)
	// Output:
	// {
	//   "kind": "regions",
	//   "question": {
	//     "method": {
	//       "alpha": 0.1,
	//       "name": "oir-b"
	//     },
	//     "settings": {
	//       "mode": "default",
	//       "iterations": 600,
	//       "learning_rate": 0.1,
	//       "half_width": 0.00001,
	//       "resolution": 0.0001,
	//       "forget": false,
	//       "sampling": "corners",
	//       "max_corners": 256,
	//       "points_per_face": 32,
	//       "seed": 0,
	//       "fixed_rate": false,
	//       "tolerance": 0.001,
	//       "trace_every": 10
	//     },
	//     "starts": [
	//       [
	//         130,
	//         30
	//       ]
	//     ]
	//   },
	//   "question_version": 4
	// }
	// oir-b <nil>
}
