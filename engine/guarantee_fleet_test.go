package engine

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"unseen/engine/nn"
	"unseen/engine/trace"
)

// privateFleets are small private scenarios of the ways to train, one of each kind
// of noise.
func privateFleets(t testing.TB) []Scenario {
	var list []Scenario
	for _, mode := range Modes() {
		for _, noise := range noises(mode)[1:] {
			s := fleet(t, mode, 4)
			s.Privacy = PrivacySettings{DP: noise, Clip: 0.2, Noise: 1, Delta: 1e-5}
			list = append(list, s)
		}
	}
	return list
}

func TestPrivateFleetsAreCountedBeforehand(t *testing.T) {
	set := table(t, 20)
	for _, s := range privateFleets(t) {
		for _, change := range []func(*Scenario){
			func(*Scenario) {},
			func(s *Scenario) { s.Data.Workers = 0 },
			func(s *Scenario) {
				s.Learning.Rounds, s.Learning.Epochs = 9, 9
				s.Privacy.Budget = open1(t, *s, set).Privacy().After(5).Epsilon * 1.001
			},
		} {
			s := s
			change(&s)
			session := open1(t, s, set)
			digests, _ := straight(t, session)
			if _, total := session.Position(); total != len(digests)-1 {
				t.Errorf("%s, noise %s: announced %d steps, had %d", s.Mode, s.Privacy.DP, total, len(digests)-1)
			}
			p := session.Privacy()
			last := session.Snapshot(nil).Event.Path[0]
			if all := s.Epochs(p); last.Index != all || last.Of != all || s.ServerRounds() && all != p.Releases {
				t.Errorf("%s, noise %s: ended in %v, and %d are said to be all", s.Mode, s.Privacy.DP, last, all)
			}
			beyond := Breakpoint{On: AtEpoch, N: s.Epochs(p) + 1}
			if err := beyond.Possible(s, session.Snapshot(nil)); err == nil {
				t.Errorf("%s, noise %s: %v is said to be possible", s.Mode, s.Privacy.DP, beyond)
			}
			if got := session.Snapshot(nil).Releases; got != p.Releases || p.Stopped() != (s.Privacy.Budget > 0) {
				t.Errorf("%s, noise %s: %d releases of %d", s.Mode, s.Privacy.DP, got, p.Releases)
			}
			result, err := open1(t, s, set).Run(background, nil)
			if err != nil || nn.SHA256(session.mode.Weights()) != result.SHA256 {
				t.Errorf("%s, noise %s: watched and unwatched differ: %v", s.Mode, s.Privacy.DP, err)
			}
			if final := result.Final(); final.Epsilon != p.After(p.Releases).Epsilon || s.Privacy.Budget > 0 && final.Epsilon > s.Privacy.Budget {
				t.Errorf("%s, noise %s: ε is %v at the end", s.Mode, s.Privacy.DP, final.Epsilon)
			}
		}
	}
}

// averaging is aggregated training of workers with different numbers of rows.
func averaging(t testing.TB, noise string, clip, sigma float64) Scenario {
	s := fleet(t, Aggregated, 5)
	if noise == DistributedNoise {
		s = fleet(t, SecureAggregation, 5)
		s.Secure.Drop = 0
	}
	s.Privacy = PrivacySettings{DP: noise, Clip: clip, Noise: sigma, Delta: 1e-5}
	return s
}

// With a clipping norm that nothing meets and hardly any noise, the average of
// weighted updates is the weighted average of models.
func TestPrivateAveragesAreAverages(t *testing.T) {
	set := table(t, 29)
	plain, err := open1(t, averaging(t, NoNoise, 0, 0), set).Run(background, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, noise := range []string{CentralNoise, LocalNoise, DistributedNoise} {
		private, err := open1(t, averaging(t, noise, 30, 1e-4), set).Run(background, nil)
		if err != nil {
			t.Fatal(err)
		}
		x, y := nn.Flat(plain.Weights), nn.Flat(private.Weights)
		for i := range x {
			if x[i] == y[i] || math.Abs(x[i]-y[i]) > 0.02 { // noise of 0.003 there is, twice
				t.Fatalf("noise %s, weight %d: %v, without it %v", noise, i, y[i], x[i])
			}
		}
	}
}

// What reaches the aggregator and the server is clipped, and has as much noise as
// was asked for.
func TestWhatLeavesIsClippedAndNoisy(t *testing.T) {
	const clip, sigma = 0.05, 2
	for _, noise := range []string{CentralNoise, LocalNoise} {
		squares, n, clipped := 0.0, 0, 0
		count := func(v trace.Value) {
			for _, x := range v.Parts[0].Data.Float64s() {
				squares += x * x / (clip * clip * sigma * sigma)
				n++
			}
		}
		var sums []float64
		session := open1(t, averaging(t, noise, clip, sigma), table(t, 29))
		err := session.Each(background, func(e *trace.Event) bool {
			switch e.Name() {
			case "clip":
				norms, _ := e.Output("norms")
				after := norms.Parts[0].Data.Float64s()[1]
				update, _ := e.Output("update")
				if x := norm(update); after > clip || math.Abs(x-after) > 1e-9*clip {
					t.Errorf("%s clips to %v, said %v", e.Party, x, after)
				}
				if norms.Parts[0].Data.Float64s()[0] > clip {
					clipped++
				}
			case "noise":
				added, _ := e.Output("noise")
				count(added)
				if who := e.Party == "aggregator"; who != (noise == CentralNoise) {
					t.Errorf("%s adds noise although it is %s", e.Party, noise)
				}
			case "move update":
				sums = append(sums, norm(e.Outputs[0]))
			}
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
		if p := (distuv.ChiSquared{K: float64(n)}).Survival(squares); p < 1e-4 || p > 1-1e-4 {
			t.Errorf("noise %s: the squares of %d numbers come to %v", noise, n, squares)
		}
		if clipped == 0 || len(sums) != 10 {
			t.Errorf("noise %s: %d updates clipped, %d moved", noise, clipped, len(sums))
		}
		for _, x := range sums {
			if noise == CentralNoise && x > clip*(1+1e-9) || noise == LocalNoise && x < clip {
				t.Errorf("noise %s: an update of length %v is moved", noise, x)
			}
		}
	}
}

// Inside secure aggregation each worker adds a share of the noise: with the fewest
// honest ones that may be left it comes to what was asked for.
func TestSharesOfNoiseAddUpToWhatWasAskedFor(t *testing.T) {
	const clip, sigma = 0.05, 2
	for _, how := range Aggregations() {
		s := averaging(t, DistributedNoise, clip, sigma)
		s.Data.Workers, s.Secure.How = 20, how
		session := open1(t, s, table(t, 40))
		p := session.Privacy()
		if p.Shares != 20-2-4 {
			t.Fatalf("%d shares among 20 workers", p.Shares)
		}
		squares, n, clipped := 0.0, 0, 0
		err := session.Each(background, func(e *trace.Event) bool {
			if e.Name() == "encode" {
				norms, _ := e.Output("norms")
				if x := norms.Parts[0].Data.Float64s(); x[1] > clip {
					t.Errorf("%s clips %v to %v", e.Party, x[0], x[1])
				} else if x[0] > clip {
					clipped++
				}
				noise, _ := e.Output("noise")
				for _, x := range noise.Parts[0].Data.Float64s() {
					squares += x * x / (clip * clip * sigma * sigma / 14)
					n++
				}
			}
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
		if q := (distuv.ChiSquared{K: float64(n)}).Survival(squares); q < 1e-4 || q > 1-1e-4 || clipped == 0 {
			t.Errorf("%s: the squares of %d numbers come to %v; %d updates clipped", how, n, squares, clipped)
		}
		if one := open1(t, averaging(t, CentralNoise, clip, sigma), table(t, 40)).Privacy(); math.Abs(p.After(2).Epsilon-one.After(2).Epsilon) > 1e-9 {
			t.Errorf("%s: ε is %v, with noise from one hand %v", how, p.After(2).Epsilon, one.After(2).Epsilon)
		}
	}
}

// When more leave than the noise was made for, nothing is opened, and the model keeps
// its value.
func TestTooFewSharesOfNoiseAbortTheRound(t *testing.T) {
	for _, how := range Aggregations() {
		s := averaging(t, DistributedNoise, 1, 1)
		s.Data.Workers, s.Secure.How = 20, how
		session := open1(t, s, table(t, 40))
		if err := session.SeekEpoch(background, 0); err != nil {
			t.Fatal(err)
		}
		before := nn.SHA256(session.mode.Weights())
		for _, w := range session.Dataset().Workers[:3] { // two may leave
			if _, err := session.TakeOffline(background, w.ID()); err != nil {
				t.Fatal(err)
			}
		}
		if err := session.SeekEpoch(background, 1); err != nil {
			t.Fatal(err)
		}
		if nn.SHA256(session.mode.Weights()) != before {
			t.Errorf("%s: the model moved, although 3 of 20 left", how)
		}
		if err := session.SeekEpoch(background, 2); err != nil || nn.SHA256(session.mode.Weights()) == before {
			t.Errorf("%s: the model did not move in the next server round: %v", how, err)
		}
		if step, total := session.Position(); step != total {
			t.Errorf("%s: announced %d steps, had %d", how, total, step)
		}
	}
}

func norm(v trace.Value) float64 {
	sum := 0.0
	for _, x := range v.Parts[0].Data.Float64s() {
		sum += x * x
	}
	return math.Sqrt(sum)
}

// Two updates of one worker may differ by 2C: noise that each adds itself counts
// half.
func TestLocalNoiseCountsHalf(t *testing.T) {
	set := table(t, 29)
	central, local := open1(t, averaging(t, CentralNoise, 1, 3), set).Privacy(), open1(t, averaging(t, LocalNoise, 1, 6), set).Privacy()
	if a, b := central.After(2), local.After(2); a != b || a.Epsilon == 0 {
		t.Errorf("central noise of 3 gives %+v, local noise of 6 gives %+v", a, b)
	}
	s := averaging(t, LocalNoise, 1, 0)
	s.Privacy.Epsilon = 3
	if p := open1(t, s, set).Privacy(); math.Abs(p.After(2).Epsilon-3) > 1e-6 || p.After(2).Epsilon > 3 {
		t.Errorf("calibrated to 3, ε is %v", p.After(2).Epsilon)
	}
}

// After a round nothing of a single worker is left with the others.
func TestNothingOfOneWorkerStays(t *testing.T) {
	for _, noise := range []string{CentralNoise, LocalNoise} {
		session := open1(t, averaging(t, noise, 1, 1), table(t, 29))
		if err := session.SeekEpoch(background, 1); err != nil {
			t.Fatal(err)
		}
		for _, p := range session.Snapshot(nil).Parties[:2] {
			for _, o := range p.Memory.Objects {
				switch o.Name {
				case "average", "shift", "scale", "w1", "b1", "w2", "b2":
				default:
					t.Errorf("noise %s: the %s still has %s", noise, p.ID, o.Name)
				}
			}
		}
		for _, p := range session.Snapshot(nil).Parties[2:] {
			for _, name := range []string{"update", "start", "w1", "noisy"} {
				if _, there := p.Memory.Object(name); there {
					t.Errorf("noise %s: %s still has %s", noise, p.ID, name)
				}
			}
		}
	}
}
