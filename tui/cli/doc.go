// Package cli is the command line: every run the explorer can do, without a
// screen. It holds one file per command (bench.go, compare.go, dp.go, explore.go,
// predict.go, trace.go and traceprotocol.go, train.go, version.go, and data.go with its
// datacolumns.go, datadescribe.go, datafetch.go and datasynthesize.go), and beside them
//
//   - run.go: the tree of commands, and how words become an exit status
//   - streams.go: the outside world as a parameter, so that tests run commands in process
//   - errors.go: every error in one line, with what to do about it
//   - interrupt.go: how a signal ends a command, and a second one the program
//   - settings.go, request.go, unused.go: the flags of a run, what they set, how JSON
//     shows them, and which of them a way to train has no use for
//   - source.go: which rows are read
//   - summary.go, report.go, curves.go: a run for people, as a document and as a picture
//   - private.go, secure.go, shares.go: flags and facts of differential privacy, of secure
//     aggregation and of computing on shares
//   - record.go, command.go: a run as a recording, and as the command that explores it
//   - walk.go, walkjson.go: one protocol, number by number, for people and for programs
//   - labs.go: a command for each attack and experiment, made of its controls
//   - output.go, json.go, file.go, progress.go: tables, documents, files, the progress bar
//
// Standard output is the result and nothing else. Notes, errors and the progress
// bar go to standard error, the bar only where that is a terminal.
//
// The exit status is 0 when the work was done or nobody read on, 1 when the run
// failed, 2 when the words or the input were wrong, 130 when it was interrupted.
package cli
