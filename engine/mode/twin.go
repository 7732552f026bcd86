package mode

// Difference is how far a value computed on shares was from the same value computed
// on plaintext numbers, at worst.
type Difference struct {
	Operation string // "matmul"
	Value     string // "z1"
	Largest   float64
	Plain     float64 // where it was largest
	Shared    float64
}
