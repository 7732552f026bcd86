package tui

import (
	"errors"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"unseen/engine"
	"unseen/tui/charts"
	"unseen/tui/compare"
	"unseen/tui/home"
	"unseen/tui/key"
	"unseen/tui/labs"
	"unseen/tui/rows"
	"unseen/tui/screen"
	"unseen/tui/stage"
	"unseen/tui/theme"
	"unseen/tui/widget"
)

// desk opens screens and keeps the stages of all modes, each with its session.
type desk struct {
	options Options
	keys    key.Table
	stages  map[string]*stage.Stage
	recent  []string // modes whose stages were shown, the last one first
	entries []home.Entry
	shelf   *charts.Shelf // the finished runs of this program
}

// about says in one sentence what a mode is.
var about = map[string]string{
	engine.Central:           "One party has all rows: nothing is protected. The reference.",
	engine.Federated:         "The model travels, rows stay; the server sees every update.",
	engine.SecureAggregation: "As aggregated, and nobody sees a single update: masks cancel in the sum.",
	engine.Aggregated:        "Owners train copies; a trusted aggregator averages them.",
	engine.PrivatePrediction: "One answer on secret shares: only the applicant learns it.",
	engine.Encrypted:         "Rows, model and gradients are secret shares, from beginning to end.",
}

// open makes the root with Home, and the stage of the scenario over it if that
// was asked for.
func open(o Options) (*root, error) {
	d := &desk{options: o, keys: key.Default(), stages: map[string]*stage.Stage{}, shelf: &charts.Shelf{}}
	for _, mode := range engine.Modes() {
		d.entries = append(d.entries, home.Entry{Name: mode, Title: mode, About: about[mode], Status: func() string {
			if s, begun := d.stages[mode]; begun {
				return s.Status()
			}
			return ""
		}})
	}
	all := make([]home.Entry, 0, len(d.entries)+2)
	for _, e := range d.entries {
		e.Status = nil // Home has the runs in a list of their own
		all = append(all, e)
	}
	all = append(all,
		home.Entry{Name: screen.Compare, Title: "compare", About: "All of them on the same rows, seed and first weights."},
		home.Entry{Name: screen.Data, Title: "data", About: "The rows, a summary, one person’s way into the network."},
		home.Entry{Name: screen.Labs, Title: "labs", About: "Attacks and experiments: why each protocol exists."})
	dataset, err := engine.Prepare(o.Scenario, o.Set)
	if err != nil {
		return nil, err
	}
	r := newRoot(d.keys, home.New(theme.New(true), all, d.runs, d.dataLines(dataset)))
	r.desk = d
	if o.Present {
		r.pressed = []string{}
	}
	if err := r.begin(dataset); err != nil {
		r.closeAll()
		return nil, err
	}
	return r, nil
}

// begin opens what the explorer opens with, over Home.
func (r *root) begin(dataset *engine.Dataset) error {
	d := r.desk
	o := d.options
	switch name := o.Start.Screen; {
	case name == "" && !o.Direct:
		return nil
	case name == "":
		first, err := d.first(r.theme)
		if err != nil {
			return err
		}
		d.stages[o.Scenario.Mode] = first
		d.shown(first)
		r.screens = append(r.screens, first)
		return nil
	case name != screen.Home:
		make, err := d.screen(name, r.theme)
		if err != nil {
			return err
		}
		made, err := make(dataset)
		if err != nil {
			return err
		}
		r.screens = append(r.screens, made)
	}
	return r.top().(screen.Stateful).Restore(o.Start.Open) // Home and those above it are
}

// first makes the stage that the explorer opens with.
func (d *desk) first(t theme.Theme) (*stage.Stage, error) {
	o := d.options
	var made *stage.Stage
	if o.Opened != nil {
		made = d.prepared(stage.New(o.Opened, d.keys, t))
	} else {
		var err error
		if made, err = d.stage(o.Scenario, t); err != nil {
			return nil, err
		}
	}
	at := stage.Start{Step: o.Start.Step, Zoom: o.Start.Zoom, Eyes: o.Start.Eyes, Breaks: o.Start.Breaks, Open: o.Start.Open}
	if err := made.Begin(at); err != nil {
		made.Close()
		return nil, err
	}
	return made, nil
}

// shown notes that a stage is looked at.
func (d *desk) shown(s screen.Screen) {
	for mode, known := range d.stages {
		if screen.Screen(known) == s {
			d.recent = slices.DeleteFunc(d.recent, func(m string) bool { return m == mode })
			d.recent = slices.Insert(d.recent, 0, mode)
			return
		}
	}
}

// runs lists the runs that were begun, the last one looked at first. While one is looked at
// through somebody's eyes, it is not told what the simulator measured in the others.
func (d *desk) runs() []home.Entry {
	guarded := slices.ContainsFunc(d.recent, func(mode string) bool { return d.stages[mode].Eyed() })
	var out []home.Entry
	for _, mode := range d.recent {
		s := d.stages[mode]
		status := s.Status
		if guarded && !s.Eyed() {
			status = s.Progress
		}
		title := mode
		if mode == engine.PrivatePrediction {
			title = "private prediction"
		}
		out = append(out, home.Entry{Name: mode, Title: title, Status: status})
	}
	return out
}

// dataLines says what there is to train on.
func (d *desk) dataLines(dataset *engine.Dataset) []string {
	table := d.options.Set.Table
	source := widget.Plain(table.Source)
	switch table.Source {
	case "twin":
		source = "twin: made-up rows that resemble the UCI credit approval data"
	case "crx":
		source = "crx: the UCI credit approval data"
	}
	seed := fmt.Sprintf("seed %d, drawn; --seed %d repeats the runs", d.options.Scenario.Seed, d.options.Scenario.Seed)
	if d.options.Scenario.Fixed {
		seed = fmt.Sprintf("seed %d, fixed: for teaching and tests", d.options.Scenario.Seed)
	}
	return []string{
		"data  " + source,
		fmt.Sprintf("      %s complete rows of %s features; %s to train on, %s to test", widget.Count(dataset.Set.Len()),
			widget.Count(dataset.Features()), widget.Count(len(dataset.Split.Train)), widget.Count(len(dataset.Split.Test))),
		"      " + seed,
	}
}

// scenario returns what to run in a mode.
func (d *desk) scenario(mode string) (engine.Scenario, error) {
	if mode == d.options.Scenario.Mode {
		return d.options.Scenario, nil
	}
	var s engine.Scenario
	var err error
	if d.options.For != nil {
		s, err = d.options.For(mode)
	} else { // a recording: what it was run with
		s, err = d.options.Scenario.Another(mode)
	}
	if err != nil {
		return engine.Scenario{}, err
	}
	s.Seed, s.Fixed = d.options.Scenario.Seed, d.options.Scenario.Fixed
	return s, nil
}

// stage opens the stage of a scenario.
func (d *desk) stage(s engine.Scenario, t theme.Theme) (*stage.Stage, error) {
	session, err := engine.New(s, d.options.Set)
	if err != nil {
		return nil, err
	}
	return d.prepared(stage.New(session, d.keys, t)), nil
}

// prepared gives a stage what was asked of all of them.
func (d *desk) prepared(s *stage.Stage) *stage.Stage {
	if d.options.Present {
		s.Present()
	}
	if d.options.ahead {
		s.LookAhead()
	}
	return s
}

// keeps reports whether a screen stays when it is left.
func (d *desk) keeps(s screen.Screen) bool {
	kept, ok := s.(*stage.Stage)
	if ok {
		kept.Rest()
	}
	return ok
}

// each calls f for the kept stages that are not among the shown screens.
func (d *desk) each(shown []screen.Screen, f func(screen.Screen)) {
	for _, mode := range append(engine.Modes(), engine.PrivatePrediction) {
		if s, ok := d.stages[mode]; ok && !slices.Contains(shown, screen.Screen(s)) {
			f(s)
		}
	}
}

// opened brings a screen that was made outside the update loop.
type opened struct {
	screen screen.Screen
	mode   string // of a stage that is new
	err    error
}

// open opens a screen by name.
func (r *root) open(name string) tea.Cmd {
	if r.desk == nil || r.opening != "" {
		return nil
	}
	if who := r.eyes(); who != "" && screen.Everything(name) {
		r.remark = "0 first leaves " + widget.Plain(who) + "’s eyes: this screen shows what no party sees"
		return nil
	}
	for _, s := range r.screens { // it is there already: show it
		if r.desk.named(name, s) {
			return r.push(opened{screen: s})
		}
	}
	r.opening = name
	d, t := r.desk, r.theme
	if make, err := d.screen(name, t); make != nil || err != nil {
		return func() tea.Msg {
			if err != nil {
				return opened{err: err}
			}
			made, err := make(nil)
			return opened{screen: made, err: err}
		}
	}
	if known, ok := d.stages[name]; ok {
		return func() tea.Msg { return opened{screen: known} }
	}
	return func() tea.Msg { // a large file takes its time
		s, err := d.scenario(name)
		if err != nil {
			return opened{err: err}
		}
		made, err := d.stage(s, t)
		return opened{screen: made, mode: name, err: err}
	}
}

// screen returns what makes a screen that is not the stage of a mode; nil for one that
// is. What is made may take its time; the data set need not be at hand.
func (d *desk) screen(name string, t theme.Theme) (make func(*engine.Dataset) (screen.Screen, error), err error) {
	set := d.options.Set
	switch name {
	case screen.Data:
		return func(dataset *engine.Dataset) (screen.Screen, error) {
			if dataset == nil {
				var err error
				if dataset, err = engine.Prepare(d.options.Scenario, set); err != nil {
					return nil, err
				}
			}
			return rows.New(t, dataset), nil
		}, nil
	case screen.Compare:
		scenarios, err := d.all()
		return func(*engine.Dataset) (screen.Screen, error) { return compare.New(t, scenarios, set), nil }, err
	case screen.Charts:
		scenarios, err := d.scenarios()
		return func(*engine.Dataset) (screen.Screen, error) { return charts.New(t, scenarios, set, d.shelf), nil }, err
	case screen.Labs:
		o := labs.Options{Set: set, For: d.scenario, Seed: d.options.Scenario.Seed, Fixed: d.options.Scenario.Fixed}
		return func(*engine.Dataset) (screen.Screen, error) { return labs.New(t, o), nil }, nil
	}
	return nil, nil
}

// ways lists the ways to train with how far their runs are. While somebody's eyes look at
// one, it is not told what the simulator measured in the others.
func (r *root) ways() []home.Entry {
	list := slices.Clone(r.desk.entries)
	if s, asked := r.desk.stages[engine.PrivatePrediction]; asked {
		list = append(list, home.Entry{Name: engine.PrivatePrediction, Title: "private prediction", About: about[engine.PrivatePrediction], Status: s.Status})
	}
	for i, e := range list {
		if s, begun := r.desk.stages[e.Name]; begun && r.eyes() != "" && !slices.Contains(r.screens, screen.Screen(s)) {
			list[i].Status = s.Progress
		}
	}
	return list
}

// eyes names the party through whose eyes a shown stage looks; empty: none does.
func (r *root) eyes() string {
	for _, s := range r.screens {
		if s, ok := s.(*stage.Stage); ok {
			if _, _, who := s.Place(); who != "" {
				return who
			}
		}
	}
	return ""
}

// all lists the scenarios of all ways to train; with privacy, of those that can add
// noise in the way that was asked for.
func (d *desk) all() ([]engine.Scenario, error) {
	var list []engine.Scenario
	for _, mode := range engine.Modes() {
		s, err := d.scenario(mode)
		var wrong *engine.SettingError
		if errors.As(err, &wrong) && wrong.Setting == "--dp" && mode != d.options.Scenario.Mode {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// scenarios lists them with the one that was looked at last in front.
func (d *desk) scenarios() ([]engine.Scenario, error) {
	list, err := d.all()
	first := d.options.Scenario.Mode
	if len(d.recent) > 0 {
		first = d.recent[0]
	}
	slices.SortStableFunc(list, func(a, b engine.Scenario) int {
		switch first {
		case a.Mode:
			return -1
		case b.Mode:
			return 1
		}
		return 0
	})
	return list, err
}

// named reports whether a screen is the one that is opened by this name.
func (d *desk) named(name string, s screen.Screen) bool {
	switch s := s.(type) {
	case *rows.Rows:
		return name == screen.Data
	case *compare.Compare:
		return name == screen.Compare
	case *charts.Charts:
		return name == screen.Charts
	case *labs.Labs:
		return name == screen.Labs
	case *stage.Stage:
		return d.stages[name] == s
	}
	return false
}

// push shows a screen that was opened. A stage takes the place of the stage that
// is shown: they are side by side, not one behind the other.
func (r *root) push(o opened) tea.Cmd {
	r.opening = ""
	if o.err != nil {
		r.notice = o.err.Error()
		return nil
	}
	if made, ok := o.screen.(*stage.Stage); ok && o.mode != "" {
		r.desk.stages[o.mode] = made
	}
	if r.top() == o.screen {
		return nil
	}
	if top, ok := r.top().(*stage.Stage); ok {
		top.Rest() // nothing plays unseen
		if _, another := o.screen.(*stage.Stage); another {
			r.screens = r.screens[:len(r.screens)-1]
		}
	}
	i := slices.Index(r.screens, o.screen)
	if i >= 0 {
		r.screens = slices.Delete(r.screens, i, i+1)
	}
	r.screens = append(r.screens, o.screen)
	r.desk.shown(o.screen)
	o.screen.Restyle(r.theme)
	r.fit(o.screen)
	if i >= 0 {
		return nil
	}
	return o.screen.Init()
}
