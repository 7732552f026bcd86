// Package secagg trains by averaging in which nobody sees a single update
// (protocols, section 8): as in aggregated training each worker trains a copy of
// the model on its own rows, but what the server gets to know of a server round is
// one vector, the sum of the updates of those who delivered.
//
// There are two ways to the sum. With masks (masks.go; Bonawitz et al. 2017,
// Practical Secure Aggregation for Privacy-Preserving Machine Learning; the graph of
// neighbours of Bell et al. 2020, Secure Single-Server Aggregation with
// (Poly)Logarithmic Overhead) a worker u sends
//
//	y_u = x_u + PRG(b_u) + Σ_{v ∈ N(u), u < v} PRG(s_uv) − Σ_{v ∈ N(u), v < u} PRG(s_uv).
//
// The masks of pairs cancel in the sum. Of a worker that delivered, its neighbours
// hand out shares of the self-mask b_u; of one that left on the way, shares of the
// mask key from which its pair masks follow: never of both, since together they
// unmask y_u. With a committee (committee.go) each worker splits its update by
// Shamir's scheme among a few share holders, who add up and open only the sum.
//
// Adversary: the server and a share of the workers, semi-honest, may pool what they
// know. A server that shows different workers different lists is found out where the
// lists overlap at one worker; t > k/2 makes sure that no two disjoint halves of a
// worker's neighbours give both secrets. Beyond that Bonawitz's consistency round
// with signatures would be needed: it is out of scope.
//
// Files: size.go says how many neighbours are enough, graph.go who is whose
// neighbour, quantise.go turns numbers into ring elements, keys.go is the
// cryptography, protocol.go what both ways have in common, secagg.go the mode.
package secagg
