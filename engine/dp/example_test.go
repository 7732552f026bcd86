package dp_test

import (
	"fmt"

	"unseen/engine/dp"
)

func Example() {
	a, err := dp.NewAccountant()
	if err != nil {
		panic(err)
	}
	for epoch := 1; epoch <= 3; epoch++ {
		for range 20 { // batches of about 32 of 653 rows, noise as large as the clipping norm
			if err := a.Step(32.0/653, 1); err != nil {
				panic(err)
			}
		}
		g, err := a.Epsilon(1e-5)
		if err != nil {
			panic(err)
		}
		fmt.Printf("epoch %d: ε = %.2f, an observer is right at most %.1f %% of the time\n", epoch, g.Epsilon, 100*g.Odds())
	}
	// Output:
	// epoch 1: ε = 2.45, an observer is right at most 92.0 % of the time
	// epoch 2: ε = 2.92, an observer is right at most 94.9 % of the time
	// epoch 3: ε = 3.31, an observer is right at most 96.5 % of the time
}

func ExampleNoise() {
	noise, err := dp.Noise(32.0/653, 600, 4, 1e-5)
	fmt.Printf("%.4f %v\n", noise, err)
	// Output: 1.6161 <nil>
}
