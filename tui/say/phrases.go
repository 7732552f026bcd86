package say

import (
	"fmt"
	"strconv"

	"unseen/engine/trace"
)

// phrase is how a moment of a protocol on shares is told.
type phrase struct{ title, sentence, formula string }

// phrase tells a moment by its operation, and by what it opens.
func (m moment) phrase() phrase {
	switch {
	case m.Kind == trace.Open || m.Level() == trace.Round:
		return m.opening()
	case m.Level() != trace.Operation:
		return phrase{}
	}
	l := strconv.Itoa(m.layer)
	if m.Name() == "encode" && len(m.Outputs) > 0 {
		f := m.Outputs[0].Fraction
		if m.Inputs[0].Name == "X" { // an applicant has scaled it
			return phrase{"From numbers to the ring",
				fmt.Sprintf("The applicant writes her scaled row as whole numbers, times 2^%d and rounded: with %d bits after the point. It is still hers alone.", f, f),
				fmt.Sprintf("round(x · 2^%d) mod 2^64", f)}
		}
		return phrase{"From numbers to the ring",
			fmt.Sprintf("The owner divides each column by a public power of two, 2^j, and writes its row as whole numbers, times 2^%d and rounded: with %d bits after the point. It is still the owner’s alone.", f, f),
			fmt.Sprintf("round(x / 2^j · 2^%d) mod 2^64", f)}
	}
	switch p := onShares[m.Name()]; {
	case m.Name() == "matmul" && m.part == "forward":
		p.formula = "z" + l + " = c + d·b + a·e + d·e"
		return p
	case m.Name() == "matmul" && m.part == "backward" && len(m.Inputs) == 2 && len(m.Outputs) == 1:
		p.title = "A slope, without looking"
		p.sentence = "A product as on the way forward: what was opened under its mask then serves again, only what is new is opened. The rest each holder computes alone."
		p.formula = m.Outputs[0].Name + " = " + m.Inputs[0].Name + "ᵀ · " + m.Inputs[1].Name
		if m.Outputs[0].Name[:2] == "da" {
			p.formula = m.Outputs[0].Name + " = " + m.Inputs[0].Name + " · " + m.Inputs[1].Name + "ᵀ"
		}
		return p
	case m.Name() == "reciprocal" && len(m.Inputs) > 0 && m.Inputs[0].Name == "y":
		p.formula = "z = y·(1 + h)"
		switch {
		case len(m.Inputs) == 1:
			p.title, p.formula = "Newton’s first guess of 1/x", "z = y"
		case m.Inputs[1].Name == "n":
			p.title, p.formula = "n/x, from Newton’s first guess y of 1/x", "z = n·y"
		}
		return p
	case m.Name() == "relu" && m.part == "backward":
		return phrase{"Blame stops where the unit was silent", "The hidden bit from the way forward is used again: shares of the slope are kept where z > 0. No holder learns where that is.",
			"[dz] = [z > 0] · [da]"}
	default:
		return p
	}
}

// onShares tells operations on shares by name: what just happened, and what each
// party can compute now. What an explanation file says at length, this says in a
// sentence.
var onShares = map[string]phrase{
	"init":          {"The server draws its first model", "So far it is the server’s alone. Next it splits it into shares, one for each holder.", ""},
	"split":         {"Split into shares", "All shares but the last are random, the last is what is missing to the value. Whoever lacks one of them knows nothing.", "x = Σ [x]  mod 2^64"},
	"matmul":        {"Multiply without looking", "The holders know d and e, which masks made uniform. From them and the dealer’s a, b and c each computes its share of the product, alone.", "z = c + d·b + a·e + d·e"},
	"mul":           {"Multiply without looking", "The holders know d and e, which masks made uniform. From them and the dealer’s a, b and c each computes its share of the product, alone.", "z = c + d ⊙ b + a ⊙ e + d ⊙ e"},
	"square":        {"Square without looking", "The holders know d = x − a, and a is uniform. From d and the dealer’s a and c = a² each computes its share of x², alone.", "z = c + 2·d·a + d²"},
	"bias":          {"Add the biases", "A sum of shares is a share of the sum: every holder adds its own, and nothing is sent.", "[z + b] = [z] + [b]"},
	"sum":           {"Add up the rows", "Every holder adds up its own shares, and nothing is sent.", "[Σ x] = Σ [x]"},
	"gradient":      {"Where the way back begins", "Every holder subtracts its own shares, and nothing is sent: nobody learns how wrong a decision was.", "[dz] = [p] − [y]"},
	"sgd":           {"A step down the slope", "The learning rate is public: every holder scales and subtracts its own shares. The fraction is cut for all weights together, next.", "[w] ← [w] − rate · [dw]"},
	"gather":        {"Take the next rows", "Which rows they are is public. Every holder takes its own shares of them, and nothing is sent.", "[x] = these rows of [X]"},
	"mask":          {"Mask once, multiply often", "Each value is opened under a mask of its own, once. All products it takes part in use the same opening.", "d = x − a"},
	"truncate":      {"Cut the fraction", "A product has twice the fraction bits. c, under a mask, was opened and cut in public; each holder takes its share of the cut mask off.", "[x / 2^f] = c / 2^f − [r / 2^f]"},
	"relu":          {"ReLU without looking", "The sign was found by comparing digits under masks; no holder learnt it. Each has a share of z where z > 0 and of 0 elsewhere, and cannot tell which.", "[a] = [z > 0] · [z] / 2^f"},
	"softmax":       {"Softmax without looking", "The largest logit was taken off; exp and 1/Σ are products and comparisons on shares. Nobody knows a probability.", "[p] = exp [z] / Σ exp [z]"},
	"exp":           {"exp, by a polynomial and four squares", "Near 0 a short polynomial is as good as exp: it takes x/16, and four squares make the 16th power. Nobody knows a result.", "z = exp x = exp(x/16)^16"},
	"ramps":         {"Cut off at the ends", "max(0, x + c) for each public c, from one opening of x: as ReLU finds it, at several places. Sums of such ramps keep x between two bounds. Nobody knows a result.", "[z] = max(0, [x] + c)"},
	"polynomial":    {"exp near 0, by a polynomial", "Products on shares, added up with public coefficients. Nobody knows a result.", "z = 1 + x + x²/2 + x³·(85 + 19·x)/512"},
	"reciprocal":    {"1/x, by Newton’s steps", "Products on shares: each step doubles the right digits. Nobody knows a result.", "z = 1/x"},
	"cross-entropy": {"What the decisions cost", "The logarithm is a polynomial on shares. Each holder has a share of the loss, and does not know it.", "[loss] = log Σ exp [z] − [z]·[y]"},
	"nll":           {"The loss, on shares", "Each holder has a share of it. Nobody knows it, unless it is opened as a release of its own.", "[loss] = log Σ exp [z] − [z]·[y]"},
	"mse":           {"The loss, on shares", "Each holder has a share of it. Nobody knows it, unless it is opened as a release of its own.", "[loss] = Σ ([p] − [y])²"},
	"open":          {"Put shares together", "Every holder sent its share to every other: all of them know the value now, and the ledger has a line more.", "x = Σ [x]"},
	"reveal":        {"Hand the result over", "All holders sent their shares to one party: it alone knows the value.", "x = Σ [x]"},
	"standardise":   {"Scale the rows, on shares", "Only two sums of each column were opened. Mean and deviation follow from them, and every holder scales its own shares of the rows.", "[X] = ([X] − mean) / σ"},
}
