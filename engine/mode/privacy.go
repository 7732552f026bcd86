package mode

import (
	"math"

	"unseen/engine/dp"
	"unseen/engine/rng"
)

// Who adds the noise of a differentially private run.
const (
	CentralNoise     = "central"     // whoever sees what is to be hidden: the server or the aggregator, who is trusted
	LocalNoise       = "local"       // each worker, to its own update
	DistributedNoise = "distributed" // each worker a share, inside secure aggregation
)

// Privacy is how a run is made differentially private (protocols, section 9). Each
// release, a sum of clipped vectors with noise, is counted; after so many of them
// the run ends.
type Privacy struct {
	Noise    string  // who adds it: one of the constants above
	Sum      *dp.Sum // clipping norm and noise
	Releases int     // how many the run makes
}

// Left returns how many of so many releases the run makes: all of them without
// privacy.
func (p *Privacy) Left(planned int) int {
	if p == nil {
		return planned
	}
	return min(planned, p.Releases)
}

// Endless returns the same privacy without an end, to count events with.
func (p *Privacy) Endless() *Privacy {
	if p == nil {
		return nil
	}
	return &Privacy{Noise: p.Noise, Sum: p.Sum, Releases: math.MaxInt}
}

// NoiseStream returns the random stream from which a party draws the noise of a
// release. counter must be new for each release by that party.
func (l Learning) NoiseStream(party string, counter uint64) *rng.Stream {
	return l.Root.Party(party).Stream("noise", 0, counter)
}

// Poisson draws a batch of n rows in which each takes part with probability
// Batch/n, independently of all others: it may have any number of rows, and none.
// counter must be new for each use by that party.
func (l Learning) Poisson(party string, n int, counter uint64) []int {
	stream := l.Root.Party(party).Stream("sample", 0, counter)
	var index []int
	for i := range n {
		if dp.Takes(stream, uint64(l.Batch), uint64(n)) {
			index = append(index, i)
		}
	}
	return index
}

// Nobody reports whether the batch that [Learning.Poisson] draws is empty.
func (l Learning) Nobody(party string, n int, counter uint64) bool {
	stream := l.Root.Party(party).Stream("sample", 0, counter)
	for range n {
		if dp.Takes(stream, uint64(l.Batch), uint64(n)) {
			return false
		}
	}
	return true
}
