// Package data reads credit data and turns it into numbers a network can learn
// from.
//
// A file passes through these stages, a source file or two each:
//
//   - schema.go: what a column is, and the public schema of the UCI credit
//     approval data set (crx.data)
//   - source.go and read.go: bytes to records, with the size and text checks
//   - number.go: what counts as a number
//   - infer.go: records to columns, by the fixed schema or from a header
//   - encode.go: a [Table] of text to a [Set] of numbers; rows with missing
//     values are dropped, categories become 0/1 columns
//   - split.go: training and test rows, stratified by class
//   - scale.go: standardising, or dividing by public bounds
//   - describe.go: the usual summary of the numeric columns
//   - people.go and assign.go: the made-up owners of the rows, and the rows
//     shared out to fewer of them
//   - applicant.go: one row that is not part of the data, of somebody who wants an answer
//   - errors.go: [Error], which says what is wrong, where, and how to mend it
//
// Where there is no file, two others come in:
//
//   - twin.go: the built-in twin of crx.data; fit.go computes the figures of a
//     real file (figures.go), synthesize.go draws rows from them
//   - fetch.go and archive.go: crx.data from its publisher, checked; userfile.go
//     says where it is kept
//
// Numbers travel as row-major float64 tensors of shape rows × features. Nothing
// here keeps state: functions that draw at random take their generator.
package data
