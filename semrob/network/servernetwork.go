package network

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/network/server"
)

// openAddress opens a network on a server. Like a network in Python it takes colours
// 0…1, or bytes, unless --preprocess names a normalisation.
func openAddress(ctx context.Context, name string, options OpenOptions) (*Network, error) {
	if !server.IsModel(name) {
		return nil, fmt.Errorf("opening a network: %s is an address: download the file and name it, name a model-hub repository as hf:owner/name, or a model on a server as http(s)://HOST/v2/models/NAME", name)
	}
	if options.Architecture != "" {
		return nil, fmt.Errorf("opening %s: a network on a server has no architecture that could be chosen: leave it out", name)
	}
	output, named := options.Output, ""
	if output != "" && output != Logits && output != Probabilities {
		output, named = "", string(options.Output)
	}
	s, err := server.Open(ctx, name, server.Options{InputSize: options.InputSize, Layout: string(options.Layout), Output: named})
	if err != nil {
		return nil, err
	}
	if output == "" {
		output = Logits
		if s.LikeProbabilities {
			if named != "" {
				output = Probabilities // there is no place for both
			} else {
				return nil, fmt.Errorf("opening %s: its scores are positive and their sum is 1, as after a softmax: give --output probabilities, or logits if they are logits", name)
			}
		}
	}
	n := hosted(path.Base(strings.TrimSuffix(name, "/")), s.InputSize, classLabels(s.Classes), output, s.Fingerprint, s)
	n.constant = "servers give none"
	if s.Bytes {
		n.Std, n.preprocesses = grey(1./255), "its server takes colours as bytes, 0…255"
	}
	return n, nil
}
