// Package stage is the main screen: a run in the debugger. It shows who takes
// part, what just happened and to which numbers, what a party has in memory, the
// messages, the loss, and who knows what.
//
// Files: stage.go holds the model and its intents, view.go what panes draw from,
// play.go and ask.go what plays and what is typed, work.go runs the session outside the
// update loop, layout.go arranges the panes for the size of the terminal, and state.go
// keeps what the command that opens the same place says. Every pane has a file of its own:
//
//   - happened.go: what just happened; sharing.go and holders.go where it is on shares
//   - parties.go: who takes part
//   - inspector.go: a memory; numbers.go, shares.go, ruler.go and origin.go are the ways to
//     look at what is in it
//   - others.go: messages and who knows what
//   - loss.go: the course of the loss; reference.go trains centrally beside it, spent.go draws
//     what it cost of privacy, answer.go what a private prediction came to
//
// So has every page that takes their place (page.go): ledger.go, wire.go with packets.go and
// flows.go, person.go. Over the panes come breaks.go, the breakpoints, eyes.go, through whose
// eyes, explain.go, how a protocol works, places.go, everything by name, and present.go, one
// large sentence. secure.go takes workers offline. Panes draw from an immutable snapshot; nothing on the screen
// reads the session itself.
//
// Speed: a key should be on the screen after a sixtieth of a second, also with 653
// workers and on shares. A step of up to a batch is computed and drawn in less. An epoch
// is not: 100,000 events with their digests, or the keys of 20,000 pairs of workers, take
// what they take. So the next steps run ahead while the screen rests (ahead.go), and a
// step that was not foreseen shows within a frame how far it is and how to end it
// (work.go). Going back restores a checkpoint and runs the little from there; of
// secure aggregation the simulator remembers what was computed (engine/secagg).
// speed_test.go measures all of it.
package stage
