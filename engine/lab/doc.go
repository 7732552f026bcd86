// Package lab is what experiments and attacks have in common, and the experiments
// that need no training.
//
// An experiment has [Control]s, which say what can be chosen and check what was; it
// answers with a [Report]: what the adversary was, what it saw, numbers, tables and
// histograms, and one sentence about what was found. The command line makes flags
// of the controls and prints the report; the explorer makes a form of them and
// draws it. Neither knows what the experiment is about.
//
//   - control.go, report.go: the two halves of that contract
//   - plain.go: the list of experiments
//   - truncate.go: how often ways to truncate shares go wrong
//   - beaver.go, beaverask.go: one product of shares, with every number of it, to be
//     predicted first
//   - eyes.go: what one party sees of runs, counted
//   - network.go: a network in plain numbers and on shares
//   - activation.go: what activations cost on shares, and how many bits they need
//   - tamper.go: one flipped bit, and what becomes of the decisions
//   - random.go: whether a party's view tells two secrets apart
package lab
