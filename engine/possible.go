package engine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// operations are the names of the operations that a way to train reports, whatever its
// settings.
var operations = map[string][]string{
	Central:           append([]string{"clip", "noise", "scale"}, learning...),
	Federated:         append([]string{"scale"}, learning...),
	Aggregated:        append([]string{"add", "apply", "average", "clip", "mean", "noise", "replace", "scale"}, learning...),
	SecureAggregation: append(strings.Split("abort,add shares,add up,channel keys,decode,draw holders,encode,graph,interpolate,mask,mask key,open shares,recover,scale,share secrets,take step,update", ","), learning...),
	Encrypted: append(strings.Split("cross-entropy,encode,exp,logistic-fourier,mask,mul,open,polynomial,ramps,reciprocal,reveal,split,square,standardise,truncate,"+
		"truncate exactly,truncate locally", ","), learning...),
}

// learning are the operations of training a network, in every way.
var learning = strings.Split("bias,dropout,gather,gradient,init,matmul,mse,nll,relu,sgd,softmax,sum", ",")

// Operations lists the names of the operations that a way to train reports.
func Operations(mode string) []string {
	list := slices.Clone(operations[mode])
	slices.Sort(list)
	return list
}

// Possible reports as a *[SettingError] that a breakpoint can never be met in the run of a snapshot: its
// operation is none of this way to train, nobody is called like its party, its epoch or
// round is beyond the end, or what it waits for does not happen in this way to train.
func (b Breakpoint) Possible(s Scenario, at *Snapshot) error {
	never := func(what, mend string) error {
		return &SettingError{"breakpoint", strconv.Quote(b.String()), what, mend}
	}
	switch b.On {
	case AtOpening:
		if s.Mode != SecureAggregation && s.Mode != Encrypted {
			return never("nothing is shared in "+s.Mode+" training, so nothing is opened", "leave it out, or choose --mode "+SecureAggregation+" or "+Encrypted)
		}
	case AtRise:
		if s.Mode == Encrypted && !s.Shares.RevealLoss {
			return never("the loss stays shared", "leave it out, or choose --reveal-loss")
		}
	case AtSending, AtRound:
		if s.Mode == Central {
			return never("no message is sent in central training", "leave it out, or choose another --mode")
		}
	}
	switch b.On {
	case AtOperation:
		names := Operations(s.Mode)
		return b.named(names, "no operation of "+s.Mode+" training", "choose one of: "+strings.Join(names, ", "))
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
		all, noun := s.Learning.Epochs, "epochs"
		if s.ServerRounds() {
			all, noun = s.Learning.Rounds, "server rounds"
		}
		return b.within(all, fmt.Sprintf("the run has %d %s", all, noun))
	case AtRound:
		// There are fewer rounds than steps; how many, only the run tells.
		return b.within(at.Total, fmt.Sprintf("the run has %d steps, and no more rounds of messages", at.Total))
	}
	return nil
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
