// Package nn is the network: layers, losses, gradients, the optimiser and the
// ways to draw initial weights.
//
// It is written once, over a small [Arithmetic]. Plain float64 matrices
// implement it here ([Float]); secret-shared numbers implement it elsewhere. So
// central training, every other way to train and the encrypted one run the same
// lines, and central training is the reference of them all.
//
// Conventions. A batch of m rows is a matrix x of m × features. Layer l
// computes z = a·w + b with w of in × out and b of 1 × out, then a = ReLU(z);
// the last layer has no ReLU, its z are the logits, and p = softmax(z). Labels
// are one-hot rows y of m × classes. Gradients carry the names d‹value›: dw is
// ∂L/∂w. L is the sum over the rows of the batch; the mean is taken where the
// weights are updated, w ← w − lr/m · dw, which saves shared numbers one
// truncation and changes nothing else.
//
// Files and hashes hold weights in the layout of torch, [out][in]; in memory
// they are [in][out], as in the formula.
//
//   - arithmetic.go, float.go: what a network asks of its numbers, and plain ones
//   - learner.go: a training step; loss.go: what it makes small
//   - weights.go: weights, how they are drawn and packed
//   - metrics.go: how well a model does
package nn
