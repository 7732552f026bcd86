package ring_test

import (
	"fmt"

	"gorgonia.org/tensor"

	"unseen/engine/ring"
)

// Two fixed-point numbers are multiplied: the product has twice the fraction
// bits, and a truncation takes them away again.
func ExampleFixed() {
	var r ring.Ring // Z_2^64
	x := ring.Fixed{Bits: 16}
	a, b := ring.New(1, 1), ring.New(1, 1)
	if err := x.EncodeMatrix(a, tensor.New(tensor.WithShape(1, 1), tensor.WithBacking([]float64{1.5}))); err != nil {
		fmt.Println(err)
	}
	if err := x.EncodeMatrix(b, tensor.New(tensor.WithShape(1, 1), tensor.WithBacking([]float64{-0.25}))); err != nil {
		fmt.Println(err)
	}
	r.MulElem(a, a, b)
	fmt.Println(r.Signed(a.Uint64s()[0]))
	r.ShiftRight(a, a, x.Bits)
	fmt.Println(x.Decode(a.Uint64s()[0]))
	// Output:
	// -1610612736
	// -0.375
}

// A classroom ring of eight elements runs the same operations; wrap-around is
// easy to follow in it.
func ExampleRing() {
	r, err := ring.PowerOfTwo(3)
	if err != nil {
		fmt.Println(err)
	}
	a := ring.From(1, 3, []uint64{1, 3, 7})
	r.Add(a, a, a)
	fmt.Println(r, a.Uint64s(), r.Signed(a.Uint64s()[2]))
	// Output: Z_2^3 [2 6 6] -2
}

func ExampleFixed_Constant() {
	x := ring.Fixed{Bits: 16}
	plain, _ := x.Encode(0.001)
	c, g, _ := x.Constant(0.001, 1024) // for values up to 1024 in absolute value
	fmt.Printf("%.7f with %d bits\n", x.Decode(plain), x.Bits)
	fmt.Printf("%.7f with %d bits\n", ring.Fixed{Bits: g}.Decode(c), g)
	// Output:
	// 0.0010071 with 16 bits
	// 0.0010000 with 45 bits
}
