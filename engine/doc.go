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
//
// A run:
//
//   - scenario.go, shares.go, secure.go, guarantee.go: the settings, with those of shares, of
//     secure aggregation and of differential privacy; prepare.go, weights.go: rows and weights
//   - session.go, stepper.go, errors.go: a run; run.go, pace.go: to the end, nobody watching,
//     and how long that takes
//   - seek.go, onmessage.go, schedule.go: forth and back, by steps of any size
//   - retrace.go, offline.go: server rounds that are run again, and workers that leave
//   - breakpoint.go, possible.go, overflow.go: where a run stops, and values out of range
//   - predict.go: one private answer
//
// What there is to see of it:
//
//   - snapshot.go, history.go, record.go: memories, metrics, messages and openings
//   - view.go, sight.go: as one party knows them, and what it has seen
//   - provenance.go, cell.go, ingredients.go, arithmetic.go, reading.go: what a value was made
//     from; arrivals.go: what came in messages; mentions.go: names in the origin of a value
//   - follow.go: one row's way
//   - decode.go, uniform.go: numbers of shares, and whether they look like noise
//   - scores.go, spent.go, privacy.go: how rows are judged, and what ε is
//   - compare.go, course.go: several ways side by side
//
// What needs no session:
//
//   - protocol.go, walk.go: one protocol on shares, number by number
//   - bench.go, bench_training.go, bench_secagg.go: what things cost
//   - labs.go: the labs. Of attacks: labgradient.go, with labloot.go, labrehearse.go and
//     labsurvey.go; labdifference.go, labcollude.go, labmembership.go, labtamper.go. Of
//     experiments: labshares.go, labfaults.go, labfaultshare.go
//   - redraw.go: other randomness, for tests; nearest.go: names that were probably meant
package engine
