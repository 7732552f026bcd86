package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"unseen/data"
	"unseen/engine/attack"
	"unseen/engine/lab"
	"unseen/engine/rng"
	"unseen/engine/trace"
)

// Lab is an experiment or an attack: what can be chosen about it, and how it is run.
type Lab struct {
	Name     string // a word of the command line
	Attack   bool   // an adversary learns something; else it is an experiment
	Title    string
	About    string // a sentence
	Aside    string // another one for the help, about the defaults; may be empty
	Controls []lab.Control
	// Modes lists the ways to train it can run against, the first one if nothing
	// else is chosen. None: it trains nothing and reads no data.
	Modes []string
	// Preset changes the defaults of a scenario to those under which the lab shows
	// what it is about; nil: they are as everywhere.
	Preset func(*Scenario)
	run    func(context.Context, LabRequest) (*lab.Report, error)
}

// The two halves of an experiment, see package lab.
type (
	LabControl   = lab.Control
	LabReport    = lab.Report
	LabValues    = lab.Values
	LabTable     = lab.Table
	LabFact      = lab.Fact
	LabHistogram = lab.Histogram
)

// The kinds of control that a form treats in their own ways.
const (
	LabChoice = lab.Choice // one of some words
	LabList   = lab.List   // some of some words
	LabAnswer = lab.Answer // to a question of the lab
)

// LabRequest says what to run an experiment on.
type LabRequest struct {
	Scenario Scenario       // where the lab trains; else only its seed counts
	Set      *data.Set      // where the lab trains
	Values   lab.Values     // by the names of the controls; what is missing has its default
	Progress func(Progress) // may be nil; called often
	// Partial is told what is known so far, where a lab fills its report step by step;
	// may be nil. A report that it was given does not change.
	Partial func(*LabReport)
}

// Labs lists every experiment and attack.
func Labs() []Lab {
	labs := []Lab{gradientLab(), differenceLab(), colludeLab(), membershipLab(), tamperLab(), faultsLab(), activationLab()}
	for _, p := range lab.Experiments() {
		labs = append(labs, Lab{Name: p.Name, Title: p.Title, About: p.About, Controls: p.Controls,
			run: func(ctx context.Context, q LabRequest) (*lab.Report, error) {
				report, err := p.Run(ctx, q.Values, rng.Seeded(q.Scenario.Seed).Party("lab"))
				return report, controlError(err)
			}})
	}
	return labs
}

// FindLab returns the lab of that name.
func FindLab(name string, isAttack bool) (Lab, bool) {
	for _, l := range Labs() {
		if l.Name == name && l.Attack == isAttack {
			return l, true
		}
	}
	return Lab{}, false
}

// Run runs the lab. What was chosen is checked first; a *[SettingError] says what
// cannot be used.
func (l Lab) Run(ctx context.Context, q LabRequest) (*lab.Report, error) {
	values := lab.Defaults(l.Controls)
	for name, text := range q.Values {
		values[name] = text
	}
	for _, c := range l.Controls {
		if err := c.Check(values[c.Name]); err != nil {
			return nil, controlError(err)
		}
	}
	q.Values, q.Progress = values, clocked(q.Progress, time.Now)
	if l.Modes != nil {
		if err := oneOf("--mode", q.Scenario.Mode, l.Modes); err != nil {
			var setting *SettingError
			if errors.As(err, &setting) {
				setting.What = fmt.Sprintf("not what this %s can run against", l.kind())
			}
			return nil, err
		}
	}
	return l.run(ctx, q)
}

// clocked adds to the progress of a lab the time that it took. Some labs train several
// times: where the work begins anew the clock does.
func clocked(progress func(Progress), now func() time.Time) func(Progress) {
	if progress == nil {
		return nil
	}
	began, done := now(), 0
	return func(p Progress) {
		if p.Done < done {
			began = now()
		}
		done = p.Done
		if p.Elapsed == 0 {
			p.Elapsed = now().Sub(began)
		}
		progress(p)
	}
}

func (l Lab) kind() string {
	if l.Attack {
		return "attack"
	}
	return "lab"
}

// controlError says of an error about a control which setting it is.
func controlError(err error) error {
	var wrong *lab.ValueError
	if errors.As(err, &wrong) {
		return &SettingError{"--" + wrong.Control, wrong.Value, wrong.What, wrong.Mend}
	}
	return err
}

// Check reports a value that a lab's control cannot have as a *[SettingError].
func (l Lab) Check(control, text string) error {
	for _, c := range l.Controls {
		if c.Name == control {
			return controlError(c.Check(text))
		}
	}
	return nil
}

// watch runs a scenario and fills the views with what their parties saw of it. Their
// eyes are those of [EventAs]: they get their own part of each event that one of
// them had a part in. The caller closes the session.
func watch(ctx context.Context, s Scenario, set *data.Set, progress func(Progress), views ...*attack.View) (*Session, error) {
	session, err := New(s, set)
	if err != nil {
		return nil, err
	}
	err = session.Each(ctx, func(e *trace.Event) bool {
		for _, v := range views {
			for _, id := range [...]string{e.Party, e.To} {
				if v.Has(id) {
					v.Observe(EventAs(e, id))
				}
			}
			if e.Kind != trace.Open {
				continue
			}
			for _, id := range v.Parties {
				if own := EventAs(e, id); own != nil {
					v.Observe(own)
				}
			}
		}
		if progress != nil && e.Step%reportEvery == 0 {
			progress(Progress{Done: e.Step, Total: session.total})
		}
		return true
	})
	if err != nil {
		session.Close()
		return nil, err
	}
	return session, nil
}

// reportEvery is how many events pass between two reports of progress.
const reportEvery = 256
