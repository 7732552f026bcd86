package say

import (
	"strings"

	"unseen/engine"
)

// Meaning explains the name of a value in a memory or on the screen, in the words of the way
// to train; empty for other names.
func (s Scene) Meaning(name string) string {
	if s.Predicts() {
		if meaning := predicted[name]; meaning != "" {
			return meaning
		}
	}
	if s.encrypted() {
		if meaning := sharedMeaning(name); meaning != "" {
			return meaning
		}
		if name == "b" || name == "a" {
			return "" // no layer's
		}
	}
	return Meaning(name)
}

// predicted explains the names that in a private prediction stand for something else than in
// training: of the one row of the applicant, without a label.
var predicted = map[string]string{
	"raw":           "the applicant’s row as in the file, as numbers: two-valued columns are 0 and 1 in order of first appearance",
	"X":             "the applicant’s row scaled: (raw − shift) / scale",
	"row":           "the applicant’s scaled row in fixed point: what it splits; it alone knows it",
	"x":             "shares of the applicant’s scaled row; no holder knows it",
	"p":             "shares of the answer, softmax of the logits; only the applicant gets all of them",
	"probabilities": "the answer: the probability of each class; the applicant alone knows it",
}

// sharedMeaning explains what holders, dealer and owners have in memory that others have not:
// what it is, and who may know it.
func sharedMeaning(name string) string {
	if meaning := single[name]; meaning != "" {
		return meaning
	}
	for _, long := range []struct{ prefix, meaning string }{
		{engine.KeyFor, "the key the dealer drew for this holder: dealer and holder expand the holder’s uniform shares from it, nobody else may know it"},
		{"seed of ", "a seed from which a holder expands its share by itself; owner and that holder know it, and without the other shares it says nothing"},
		{"share of ", "the last holder’s share, sent in full: the value less all shares that the others expand from seeds"},
		{"digits of r", "shares of the bits of r, by digits of 4 bits, and of their products: holders compare r with c on them; only the dealer knows the bits"},
		{"r_msb bit", "shares of the topmost bit of r, as a bit; only the dealer knows it"},
		{"bit masks", "random bits, shared: each hides one bit of a comparison while it is opened as δ; only the dealer knows them"},
		{"ρ as a bit", "a random bit for each element, shared by ⊕: it hides the result of a comparison, opened as m; only the dealer knows it"},
		{"ρ·cos r", "shares of ρ times cosines and sines of r: with them the clamps of the logistic function need no product"},
		{"cos r", "shares of cosines and sines of r, from which holders compute sines of a value opened under r; only the dealer knows r"},
		{"ρ·", "shares of ρ times r, or a part of r: with it the product of a bit and a value needs no round; only the dealer knows it"},
		{"c = ", "shares of the product of two masks, dealt for one Beaver product; only the dealer knows masks and product"},
		{"argument", "shares of a power of the argument of the logarithm, brought to between −1 and 1; no holder knows it"},
		{"exponent", "shares of a power of the exponent, a 16th of what exp is taken of; no holder knows it"},
		{"error ", "shares of how far Newton’s iteration still is from the quotient; squared at each step"},
		{"ramp", "shares of max(0, margin ± a constant): together they clamp the margin for exp; no holder knows them"},
	} {
		if strings.HasPrefix(name, long.prefix) {
			return long.meaning
		}
	}
	held, sender, sent := cutSender(name)
	switch {
	case sent:
		return "the share of " + held + " that " + sender + " sent: with the other shares the receiver adds up " + held
	case name == "(X − mean) · 1/σ":
		return "shares of the scaled rows, as they came out of truncation; no holder knows them"
	case strings.Contains(name, " ⊙ "), strings.HasPrefix(name, "("):
		return "shares of the product that its name is, element by element, on the way to loss or slopes; no holder knows it"
	case strings.HasSuffix(name, " > 0"):
		return "shares of 1 where the units of a layer are above 0, and of 0 elsewhere: the way back multiplies slopes by it"
	}
	return single[letter(name)] // "r w1" is an r, c2 a c; but a1 and b1 are a layer's
}

// cutSender cuts the name of a share that came in a message into what it is a share of and
// who sent it. The name of a party has no spaces; what follows the " of " in a formula, as in
// "Σ of (p − y) ⊙ p", may have.
func cutSender(name string) (held, sender string, sent bool) {
	i := strings.LastIndex(name, " of ")
	if i < 0 {
		return "", "", false
	}
	held, sender = name[:i], name[i+len(" of "):]
	return held, sender, !strings.ContainsAny(sender, " ()")
}

// single explains names that are not of a kind, and the first words of those that are.
var single = map[string]string{
	"Σx":  "the sum of each column over all training rows: opened to every holder, for mean and deviation",
	"Σx²": "the sum of squares of each column over all training rows: opened to every holder, for mean and deviation",

	engine.DealersKey: "the key from which this holder expands its uniform shares of what is dealt; the dealer has it, too, nobody else may",
	"row":             "the owner’s rows in fixed point, features and labels side by side: what it splits; it alone knows them",

	"a": "a mask, uniform and shared: the value it hides is opened as d = value − a; only the dealer knows it",
	"b": "a mask, uniform and shared: the second factor is opened as e = factor − b; only the dealer knows it",
	"d": "a value less its mask a, opened: every holder knows it, and it is uniform whatever the value is",
	"e": "a second factor less its mask b, opened: every holder knows it, and it is uniform whatever the factor is",
	"c": "a value plus its mask r, opened to cut or compare it: every holder knows it, and it is uniform whatever the value is",
	"r": "the mask of a truncation or a comparison, uniform and shared; only the dealer knows it",
	"δ": "bits of a comparison, each under a random bit: every holder knows them, and they say nothing",
	"m": "the result of a comparison under the random bit ρ: every holder knows it, and it says nothing",
	"ρ": "the random bit ρ as shares of 0 or 1, to take it off m again; only the dealer knows it",

	"r_mid": "shares of the middle bits of the mask r, those that stay after truncation: taken off c when it is cut; only the dealer knows them",
	"r_msb": "shares of the topmost bit of the mask r: it corrects the truncation where x + r wraps around; only the dealer knows it",

	"mean": "the mean of each column, from the opened sums: every holder knows it",
	"1/σ":  "one over the deviation of each column, from the opened sums: every holder knows it",

	"margin":                  "shares of the first logit less the second: softmax of two classes is the logistic function of it",
	"hat":                     "shares of 1 − |margin|/16, clamped at 0: what exp is computed from; no holder knows it",
	"power":                   "shares of exp of the exponent, squared again and again until it is exp(−|margin|)",
	"sum":                     "shares of the denominator of softmax: the sum of the powers",
	"sum²":                    "shares of the square of that sum, for the first step of Newton’s iteration",
	"start":                   "shares of a first guess of 1/sum: a straight line",
	"quotient":                "shares of power/sum, ever closer: one step of Newton’s iteration each",
	"negative":                "shares of 1 where the margin is below 0, and of 0 elsewhere: there the quotient is the probability, elsewhere 1 less it",
	"quotient where negative": "shares of the quotient where the margin is below 0, and of 0 elsewhere",
	"scores":                  "shares of the logits with as many fraction bits as the loss takes",
	"scores of the labels":    "shares of logits ⊙ labels: of each row the logit of its class, for the loss",
	"logarithm":               "shares of the logarithm of the sum, from a series in blocks of four powers",
	"raised logarithm":        "shares of the series so far, times the fourth power of its argument",
	"largest":                 "shares of the largest logit of each row: it is subtracted, so that exp stays below 1",
	"below the largest":       "shares of each logit less the largest of its row",
	"larger by":               "shares of by how much one logit is larger than another, or 0",
	"difference":              "shares of one logit less another: its sign tells the larger",
	"probability":             "shares of the probability of the first class, from a sum of sines",
	"cosines":                 "shares of the loss where the margin is small, from a sum of cosines",
	"beyond":                  "shares of half the margin’s absolute value where it is beyond 10: there it is the loss",
}
