package engine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Operations lists the names of the operations that a run of a scenario reports; of
// secure aggregation with the one that aborts a round, which depends on who leaves.
func Operations(s Scenario) []string {
	var list []string
	add := func(when bool, names string) {
		if when {
			list = append(list, strings.Split(names, ",")...)
		}
	}
	hidden, private := len(s.Network.Hidden) > 0, s.Privacy.DP != NoNoise
	add(true, "bias,matmul")
	add(hidden, "relu")
	if s.Mode == PrivatePrediction {
		add(true, "encode,mask,reveal,scale,split")
		add(s.Shares.Softmax == "exp", "exp,polynomial,ramps,reciprocal,softmax,square")
		add(s.Shares.Softmax != "exp", "logistic-fourier")
		add(hidden && s.Shares.Truncation == "local", "truncate locally")
		add(hidden && s.Shares.Truncation == "exact", "truncate exactly")
		slices.Sort(list)
		return list
	}
	add(true, "gather,gradient,init,sgd,softmax,sum")
	add(hidden && s.Learning.Dropout > 0, "dropout")
	add(s.knowsLoss(), s.Learning.Loss)
	add(s.Mode != Encrypted, "scale")
	switch s.Mode {
	case Central:
		add(private, "clip,noise")
	case Aggregated:
		add(private, "add,apply,clip,mean,noise")
		add(!private, "average,replace")
	case SecureAggregation:
		add(true, "abort,channel keys,decode,encode,take step,update")
		add(s.Secure.How == Committee, "add shares,draw holders,interpolate")
		add(s.Secure.How == Masks, "add up,graph,mask,mask key,open shares,recover,share secrets")
	case Encrypted:
		exp, standard, mse := s.Shares.Softmax == "exp", s.Data.Normalize == "standard", s.Learning.Loss == "mse"
		layers := s.Shares.Truncation // of the products of layers, and of mse
		add(true, "encode,mask,reveal,split")
		add(standard || s.knowsLoss(), "open")
		add(standard, "standardise")
		add(exp, "exp,polynomial,ramps,reciprocal")
		add(!exp, "logistic-fourier")
		add(s.knowsLoss() && !mse, "cross-entropy")
		add(exp || standard || mse && s.knowsLoss(), "square")
		add(mse || hidden && layers != "dealer", "mul")
		add(layers != "exact", "truncate") // softmax and losses do not truncate locally
		add(layers == "exact", "truncate exactly")
		add(layers == "local" && (mse || hidden), "truncate locally")
	}
	slices.Sort(list)
	return list
}

// knowsLoss reports whether somebody computes the loss of a batch: on shares it is left
// out where it is not opened.
func (s Scenario) knowsLoss() bool {
	return s.Mode != PrivatePrediction && (s.Mode != Encrypted || s.Shares.RevealLoss)
}

// Possible reports as a *[SettingError] that a breakpoint can never be met in the run of a
// snapshot: its operation is none of the run, nobody is called like its party, its epoch or
// round is beyond the end, or nothing of its kind happens in this way to train.
func (b Breakpoint) Possible(s Scenario, at *Snapshot) error {
	never := func(what, mend string) error {
		return &SettingError{"breakpoint", strconv.Quote(b.String()), what, mend}
	}
	switch b.On {
	case AtOpening:
		if s.Mode != SecureAggregation && !s.OnShares() {
			return never("nothing is shared in "+s.Mode+" training, so nothing is opened", "leave it out, or choose --mode "+SecureAggregation+" or "+Encrypted)
		}
	case AtRise:
		if s.Mode == PrivatePrediction {
			return never("nothing is trained in a prediction, so there is no loss", "leave it out")
		}
		if !s.knowsLoss() {
			return never("the loss stays shared", "leave it out, or choose --reveal-loss")
		}
	case AtOverflow:
		if s.OnShares() && b.N > mostRoom {
			return b.within(mostRoom, "shares are of 64 bits")
		}
	case AtSending, AtRound:
		if s.Mode == Central {
			return never("no message is sent in central training", "leave it out, or choose another --mode")
		}
	}
	switch b.On {
	case AtOperation:
		names := Operations(s)
		return b.named(names, "no operation of this run", "choose one of: "+strings.Join(names, ", "))
	case AtSending:
		var ids []string
		for _, p := range at.Parties {
			ids = append(ids, p.ID)
		}
		const few = 8
		mend := "choose one of: " + strings.Join(ids[:min(few, len(ids))], ", ")
		if more := len(ids) - few; more > 0 {
			mend += fmt.Sprintf(" and %d more", more)
		}
		return b.named(ids, "takes no part in this run", mend)
	case AtEpoch:
		if s.Mode == PrivatePrediction {
			return never("nothing is trained in a prediction, so there are no epochs", "leave it out")
		}
		all, noun := s.Epochs(at.Privacy), "epochs"
		if s.ServerRounds() {
			noun = "server rounds"
		}
		return b.within(all, fmt.Sprintf("the run has %d %s", all, noun))
	case AtRound:
		if b.N < 1 {
			return never("rounds of messages count from 1", "give 1 or more")
		}
		if all := s.rounds(at); all > 0 {
			return b.within(all, fmt.Sprintf("the run has %d rounds of messages", all))
		}
		// A round is a message and its end, at least; how many there are, only the run tells.
		return b.within(at.Total/2, fmt.Sprintf("the run has %d steps, and no more than half as many rounds of messages", at.Total))
	}
	return nil
}

// mostRoom is how many bits of a share are at most for the size of its number: there is one
// for its sign, and one that stays free.
const mostRoom = 62

// rounds is how many rounds of messages the run of a snapshot has: of federated training,
// where each worker is sent the model and sends it back, and a round comes before; 0
// where only the run tells.
func (s Scenario) rounds(at *Snapshot) int {
	if s.Mode != Federated {
		return 0
	}
	return 1 + 2*(len(at.Parties)-1)*s.Learning.Epochs
}

// named reports that the breakpoint's name is none of those known.
func (b Breakpoint) named(known []string, what, mend string) error {
	if slices.Contains(known, b.Name) {
		return nil
	}
	if near := Nearest(b.Name, known); near != "" {
		mend = "did you mean " + string(b.On) + " " + near + "?"
	}
	return &SettingError{"breakpoint", strconv.Quote(b.String()), what, mend}
}

// within reports that the breakpoint's number is not from 1 to the last.
func (b Breakpoint) within(last int, what string) error {
	if b.N >= 1 && b.N <= last {
		return nil
	}
	return &SettingError{"breakpoint", strconv.Quote(b.String()), what, fmt.Sprintf("give a number from 1 to %d", last)}
}
