package engine

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"unseen/engine/encrypted"
	"unseen/engine/mode"
	"unseen/engine/mpc"
	"unseen/engine/nn"
	"unseen/engine/prep"
	"unseen/engine/ring"
)

// SharesSettings say how to compute on secret shares.
type SharesSettings struct {
	Holders    int    // parties that hold shares, 2 to 10
	Fraction   int    // fraction bits, 4 to 24
	Truncation string // dealer, local (2 holders only) or exact
	Softmax    string // exp or fourier (2 classes only)
	RevealLoss bool   // the loss of each batch is opened
	Twin       bool   // every value is compared with the plaintext network's
	Watch      bool   // the simulator stops where a value leaves its range
}

// DefaultShares returns the settings with which shares are computed on unless
// something else is asked for.
func DefaultShares() SharesSettings {
	return SharesSettings{Holders: 3, Fraction: 16, Truncation: "dealer", Softmax: "exp", RevealLoss: true, Watch: true}
}

// Truncations lists the ways to truncate, and Softmaxes those to compute softmax.
func Truncations() []string { return []string{"dealer", "local", "exact"} }

// Softmaxes lists the ways to compute softmax on shares.
func Softmaxes() []string { return []string{"exp", "fourier"} }

// Check reports the first setting that cannot be used as a *[SettingError].
func (s SharesSettings) Check() error {
	if s.Holders < 2 || s.Holders > 10 {
		return &SettingError{"--holders", fmt.Sprint(s.Holders), "out of range", "give a whole number from 2 to 10"}
	}
	if _, err := ring.NewFixed(s.Fraction); err != nil {
		return &SettingError{"--fraction-bits", fmt.Sprint(s.Fraction), "out of range", fmt.Sprintf("give a whole number from %d to %d", ring.MinBits, ring.MaxBits)}
	}
	if err := oneOf("--truncation", s.Truncation, Truncations()); err != nil {
		return err
	}
	return oneOf("--softmax", s.Softmax, Softmaxes())
}

// localBits is up to how many fraction bits numbers may have that are truncated locally:
// of products up to 2^3 one in 2^(61−2f) goes wrong, and a training step has thousands.
const localBits = 20

// checkTogether reports settings that are right one by one and do not go together.
func (s SharesSettings) checkTogether() error {
	if s.Truncation == "local" && s.Holders != 2 {
		return &SettingError{"--truncation", "local", fmt.Sprintf("each of %d holders cannot truncate its own share: results would be wrong about half of the time", s.Holders),
			"give --holders 2, or --truncation dealer"}
	}
	if s.Truncation == "local" && s.Fraction > localBits {
		return &SettingError{"--truncation", "local", fmt.Sprintf("with %d fraction bits the shares of a product wrap around every few steps, which ruins it", s.Fraction),
			fmt.Sprintf("give --fraction-bits %d or fewer, or --truncation dealer", localBits)}
	}
	return nil
}

// protocol returns the settings as the protocol has them.
func (s SharesSettings) protocol() encrypted.Settings {
	return encrypted.Settings{Holders: s.Holders, Fraction: s.Fraction, Truncation: s.Truncation, Softmax: s.Softmax,
		RevealLoss: s.RevealLoss, Twin: s.Twin, Watch: s.Watch}
}

// FractionBits says how many fraction bits the numbers of a run on shares have.
type FractionBits = encrypted.Bits

// FractionBits returns them for a run with so many training rows.
func (s Scenario) FractionBits(rows int) FractionBits {
	how := s.Data.Normalize
	if s.Mode == PrivatePrediction { // the applicant scales her row herself
		how = "none"
	}
	return s.Shares.protocol().Bits(rows, how)
}

// buildEncrypted makes the mode, after checking by public bounds that numbers fit:
// between real parties nobody could see that they did not.
func buildEncrypted(s Scenario, d *Dataset, r mode.Rows, l mode.Learning) (mode.Mode, error) {
	sh := s.Shares
	if len(r.Owners) < sh.Holders {
		return nil, &SettingError{"--holders", fmt.Sprint(sh.Holders), fmt.Sprintf("there are only %d owners of rows to hold shares", len(r.Owners)),
			"give fewer holders or more --workers"}
	}
	if classes := r.Labels.Shape()[1]; sh.Softmax == "fourier" && classes != 2 {
		return nil, &SettingError{"--softmax", "fourier", fmt.Sprintf("it is for two classes, and these rows have %d", classes), "give --softmax exp"}
	}
	settings := sh.protocol()
	least := min(l.Batch, r.Len()) // rows in the smallest batch, which may be the last
	if rest := r.Len() % least; rest > 0 {
		least = rest
	}
	if err := settings.CheckRate(l.Rate / float64(least)); err != nil {
		return nil, &SettingError{"--lr", fmt.Sprint(l.Rate), fmt.Sprintf("with %d fraction bits and %s there is no room for its product with a slope", sh.Fraction, batchOf(least)), "give a smaller rate or fewer --fraction-bits"}
	}
	if err := checkInitial(settings.WeightBits(), l.Initial); err != nil {
		return nil, err
	}
	if err := checkBounds(s, d, r, l, settings.Room()); err != nil {
		return nil, err
	}
	r.Owners = holdersFirst(r.Owners, s.Shares.Holders)
	return encrypted.New(r, l, settings)
}

// batchOf says how small a batch is.
func batchOf(rows int) string {
	if rows == 1 {
		return "a batch of one row"
	}
	return fmt.Sprintf("a batch of %d rows", rows)
}

// holdersFirst returns the owners with the n who hold shares first: those who come first by
// name, in that order. The others stay in the order that they have in every way to train.
func holdersFirst(owners []mode.Owner, n int) []mode.Owner {
	holders := slices.Clone(owners)
	slices.SortFunc(holders, func(a, b mode.Owner) int { return strings.Compare(a.ID, b.ID) })
	holders = holders[:min(n, len(holders))]
	sorted := slices.Clone(holders)
	for _, o := range owners {
		if !slices.ContainsFunc(holders, func(h mode.Owner) bool { return h.ID == o.ID }) {
			sorted = append(sorted, o)
		}
	}
	return sorted
}

// checkInitial checks that the initial weights can be encoded.
func checkInitial(bits int, w nn.Weights) error {
	flat := nn.Pack(w)
	err := ring.Fixed{Bits: bits}.EncodeMatrix(ring.New(1, flat.Size()), flat)
	var far *ring.RangeError
	if !errors.As(err, &far) {
		return err
	}
	return &SettingError{"--init-weights", fmt.Sprint(far.Value), fmt.Sprintf("with the %d fraction bits that the model has, weights must be below 2^%d", bits, far.Limit-bits),
		"give smaller weights, or fewer --fraction-bits"}
}

// checkBounds checks that raw features can be encoded, and that the first layer's
// products of them have room, whatever the rows are: from the public bounds of the
// columns.
func checkBounds(s Scenario, d *Dataset, r mode.Rows, l mode.Learning, room float64) error {
	if r.Scaling.How != "none" {
		return nil
	}
	var far *ring.RangeError
	raw := ring.New(r.Raw.Shape()[0], r.Raw.Shape()[1])
	if err := (ring.Fixed{Bits: s.Shares.Fraction}).EncodeMatrix(raw, r.Raw); errors.As(err, &far) {
		return &SettingError{"--normalize", "none", fmt.Sprintf("%s of row %d is %g: with %d fraction bits numbers must be below 2^%d",
			d.Set.Features[far.Column].Name, r.Number[far.Row], far.Value, far.Bits, far.Limit-far.Bits),
			"give --normalize standard, or fewer --fraction-bits"}
	}
	worst := 0.0
	w := l.Initial.W[0]
	units := w.Shape()[1]
	for u := range units {
		sum := 0.0
		for j, bound := range r.Range.Scale {
			sum += bound * math.Abs(w.Float64s()[j*units+u])
		}
		worst = max(worst, sum)
	}
	if worst < room {
		return nil
	}
	return &SettingError{"--fraction-bits", fmt.Sprint(s.Shares.Fraction),
		fmt.Sprintf("raw features times weights may reach %.3g, and a product has room below %.3g only", worst, room),
		"give --normalize standard, or fewer bits"}
}

// Opening is a kind of value that was opened in a run on shares, and why.
type Opening = mpc.Opening

// Material counts what the dealer has dealt and what of it was used.
type Material = prep.Ledger

// Difference is how far a value computed on shares was from the plaintext one.
type Difference = mode.Difference

// Shares is what a run on secret shares has to tell of itself.
type Shares struct {
	Holders  []string     // who held shares
	Openings []Opening    // every kind of value that was opened, to whom and why
	Material Material     // what the dealer has dealt
	Twin     []Difference // the largest difference of each value to the plaintext twin's; nil without one
}

// Shares tells of a run on secret shares so far; nil in other modes.
func (s *Session) Shares() *Shares { return s.shares() }

func (s *Session) shares() *Shares {
	e, ok := s.mode.(interface {
		Holders() []string
		Openings() []Opening
		Ledger() Material
		Twin() []Difference
	})
	if !ok {
		return nil
	}
	return &Shares{Holders: e.Holders(), Openings: e.Openings(), Material: e.Ledger(), Twin: e.Twin()}
}

// Masked reports whether what was opened was hidden by a uniform mask.
func Masked(o Opening) bool { return strings.Contains(o.Why, "uniform") }
