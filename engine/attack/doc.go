// Package attack is what an adversary computes from its own view, and nothing else.
//
// A [View] is what a party, or several that collude, saw of a run: the messages it
// sent and received. It is filled from the events of the run and keeps nothing of an
// event that was not the party's to see. The attacks work on a view, on models taken
// from it, or on numbers that the adversary has for itself; none of them is handed
// what another party holds. Whether an attack was right is judged elsewhere, by the
// simulator, which knows the truth.
//
//   - view.go: what a party, or several, saw
//   - gradient.go: the rows behind an update (Phong et al. 2018, section 3)
//   - estimate.go: the same row from all units together, and how exact it is
//   - rehearse.go: how a server chooses initial weights that give every row away
//   - schema.go: what is public about rows, by which a stolen one is read
//   - difference.go: what is left of an average
//   - member.go: whether a row was trained on (Yeom et al. 2018; Shokri et al. 2017)
//   - collude.go: what shares say when only some of them are known
package attack
