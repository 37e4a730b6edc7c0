package architecture_test

import (
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/network/architecture"
)

func Example() {
	a, err := architecture.Lookup("ResNet50")
	if err != nil {
		fmt.Println(err)
		return
	}
	first := a.Parameters()[0]
	fmt.Printf("%s: %d px, %d classes, %.1f million parameters, first %s %v\n",
		a.Name, a.InputSize, a.Classes, float64(a.ParameterCount())/1e6, first.Name, first.Shape)
	work, err := a.MultiplyAdds()
	fmt.Printf("%.2f·10⁹ multiply-adds per image, error %v\n", float64(work)/1e9, err)
	// Output:
	// resnet50: 224 px, 1000 classes, 25.6 million parameters, first conv1.weight [64 3 7 7]
	// 4.09·10⁹ multiply-adds per image, error <nil>
}
