// Package engine is the façade over everything that can be run: a [Scenario]
// says what, a [Session] runs it. The explorer, the command line and tests all
// drive sessions and see the same numbers.
//
// A session is run in one of two ways. [Session.Run] trains to the end with
// nobody watching, which costs nothing beyond the training. Everything else
// watches: the training is a coroutine that is resumed until the place where it
// should stop. Going back restores the nearest checkpoint before the place and
// runs forward to it; the running digest proves that the replay repeats the run.
//
// A session belongs to one goroutine at a time. What a screen shows it takes from
// a [Snapshot], which never changes and may be kept.
//
// A [Lab] is an attack or an experiment. It runs sessions and protocols of its own,
// hands the adversary what that party saw ([EventAs]) and nothing else, and reports
// what was learnt. [Labs] lists them: commands and the screen are made from that list.
package engine
