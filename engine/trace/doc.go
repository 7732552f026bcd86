// Package trace is the language in which a running protocol tells what it does.
//
// A run is a tree of spans (epoch ▸ batch ▸ layer ▸ operation ▸ round ▸
// message). The code that trains opens and closes spans on a [Tracer]; whenever
// a span closes, an [Event] goes to the observer, with the values the span
// worked on. The number of events so far is the position in the run: it is what
// "step 8,412" means everywhere in the program.
//
// Nobody pays for a debugger that is not there: without an observer every call
// returns at its first branch and nothing is allocated. Values in an event are
// borrowed. They are valid until the observer returns; an observer copies the
// little it keeps.
//
// The package also holds the cost counters and the running [Digest] by which a
// replay proves that it repeats the run it replays. It knows no other package
// of the program.
package trace
