package engine

import (
	"context"
	"math"
	"math/rand/v2"

	"unseen/engine/attack"
	"unseen/engine/local"
	"unseen/engine/nn"
	"unseen/engine/rng"
)

// mostDraws is how often the server draws before it takes the best of what it drew.
const mostDraws = 30

// rehearsed is how many people the server makes up for each row that it expects: those
// who come may be stranger than those it can think of.
const rehearsed = 2

// chooseWeights is how a server chooses initial weights without anybody noticing: it
// draws them as it should, rehearses on people that it made up from what is public,
// and draws again until the updates of all of them tell their rows. draws is how often
// it drew.
func chooseWeights(ctx context.Context, s Scenario, d *Dataset, attempt int) (best nn.Weights, draws int, err error) {
	sizes := nn.Sizes(d.Features(), s.Network.Hidden, len(d.Set.Classes))
	loss, err := nn.ParseLoss(s.Learning.Loss)
	if err != nil {
		return best, 0, err
	}
	key := rng.Seeded(s.Seed).Party(local.Server).Party("choose")
	schema := attack.Schema{Columns: d.Set.Table.Columns, Features: d.Set.Features, Scaling: d.Scaling}
	people := schema.Invent(rand.New(key.Stream("invent", 0, uint64(attempt))), rehearsed*len(d.Split.Train), len(d.Set.Classes))
	fewest, faintest := math.MaxInt, math.Inf(1)
	for draw := range mostDraws {
		if err := ctx.Err(); err != nil {
			return best, 0, err
		}
		stream := key.Stream("init", 0, uint64(attempt*mostDraws+draw))
		w := nn.Glorot(rand.New(stream), sizes)
		if s.Network.Init == "torch" {
			w = nn.Torch(stream.Uint64(), sizes)
		}
		closed, off := attack.Rehearse(nn.Clone(w), loss, s.Learning.Rate, people, fewest)
		if closed < fewest || closed == fewest && off < faintest {
			best, fewest, faintest = w, closed, off
		}
		draws++
		if fewest == 0 && faintest < exactEnough {
			break
		}
	}
	return best, draws, nil
}
