// Package plot draws how models learnt: loss and accuracy against passes over the
// data, side by side, and what that cost of privacy, as a PNG or an SVG picture.
//
// It knows nothing of engines and files: what it draws are numbers, and where it
// draws is a writer. The same numbers always make the same picture.
//
//   - plot.go: what is drawn, and the figure as a whole
//   - panel.go: one of its panels
//   - lines.go: a square figure of lines alone, as the ROC curve is
//   - points.go: what a panel shows of a curve
//   - scale.go: the axes, their ends and their ticks
package plot
