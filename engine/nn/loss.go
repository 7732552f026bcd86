package nn

import "fmt"

// Loss is what training makes small.
type Loss uint8

// The losses, per row: NLL is the cross-entropy of the softmax output and the
// one-hot label; MSE the sum of squared differences between them.
const (
	NLL Loss = iota
	MSE
)

var lossNames = [...]string{"nll", "mse"}

// String returns the name of a loss, as options have it.
func (l Loss) String() string { return lossNames[l] }

// ParseLoss returns the loss of that name; another name is an error.
func ParseLoss(name string) (Loss, error) {
	for i, n := range lossNames {
		if n == name {
			return Loss(i), nil
		}
	}
	return 0, fmt.Errorf("unknown loss %q", name)
}
