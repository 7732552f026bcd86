package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"unseen/engine"
	"unseen/tui"
)

// predict answers one applicant on secret shares.
func (a *app) predict() *cobra.Command {
	c := &cobra.Command{
		Use:   "predict",
		Short: "Answer one applicant on secret shares: only she learns the decision",
		Long: "Answer one applicant on secret shares: she splits her row among the holders, they compute on a shared model, and only she learns the decision and its probability. " +
			"The model is trained first, as the other flags say, or read from a file. " +
			"FILE.csv holds a header with the names of the columns and one row of values, or the values alone in the order of the data.\n\n" +
			"With --explore the explorer opens on the prediction, to step through it; with --out it is recorded, and unseen explore --replay opens the file.",
		Example: "unseen predict --row 7 --seed 42\nunseen predict --applicant me.csv --model weights.json --holders 2\nunseen predict --row 7 --seed 42 --explore",
	}
	var row int
	var file, model, out string
	var start start
	var explore bool
	f := c.Flags()
	f.SortFlags = false
	f.Var(&value{kind: "N", check: func(text string) (err error) {
		if row, err = whole("--row", text, "7"); err == nil && row < 1 {
			err = &engine.SettingError{Setting: "--row", Value: text, What: "not a row", Mend: "rows are counted from 1"}
		}
		return err
	}}, "row", "answer the person of this row of the data, of the complete ones, counted from 1")
	f.Var(&value{kind: "FILE", check: fileName("--applicant", &file)}, "applicant", "answer the person whose row is in FILE, a CSV file")
	f.Var(&value{kind: "FILE", check: fileName("--model", &model)}, "model", "use the weights in FILE, as --weights writes them, instead of training")
	f.BoolVar(&explore, "explore", false, "step through the prediction in the explorer")
	start.placeFlags(c)
	f.Lookup("zoom").Usage = "how big a step is: part, layer, operation, round or message"
	f.Lookup("break").Usage = "stop there: operation matmul, sends server, opening, overflow, overflow 31 or round 12; may be given several times"
	for _, name := range placeNames {
		f.Lookup(name).Usage = "with --explore: " + f.Lookup(name).Usage
	}
	f.Var(&value{kind: "FILE", check: fileName("--out", &out)}, "out", "record the prediction in FILE, for unseen explore --replay")
	request := a.runFlags(c)
	request.mode.text = engine.Encrypted
	f.Lookup("mode").DefValue = engine.Encrypted
	hide(f, "plot", "init-weights")
	a.act(c, func(c *cobra.Command) error {
		if err := together(c.Flags(), row, file, out, explore); err != nil {
			return err
		}
		if explore { // what is wrong is said before the model is trained
			if err := a.opens(start); err != nil {
				return err
			}
		}
		r, err := request.resolve()
		if err != nil {
			return err
		}
		if model == "" {
			a.note(c, "plot")
		}
		q := &inquiry{run: r, app: a, printer: a.printer(), bar: a.bar(), row: row, file: file, model: model}
		if !explore && out == "" {
			return q.printer.done(q.do(c.Context()))
		}
		session, err := q.session(c.Context())
		if err != nil {
			return err
		}
		defer session.Close()
		a.note(c, "format")
		if out != "" {
			return a.record(c.Context(), session, q.command(), out, 0)
		}
		return q.explore(c, session, start)
	})
	return c
}

// together checks the flags of the command that depend on each other: who is asked about,
// by the number of her row, 0 for none, or by a file, and what becomes of the prediction.
func together(f *pflag.FlagSet, row int, file, out string, explore bool) error {
	switch {
	case row == 0 && file == "":
		return words("predict answers one person; give --row N or --applicant FILE.csv")
	case row != 0 && file != "":
		return words("--row %d and --applicant %s name two people; give one of the two", row, quote(file))
	case explore && out != "":
		return words("--explore opens the prediction and --out %s records it; give one of the two", quote(out))
	}
	for _, name := range placeNames {
		if !explore && f.Changed(name) {
			return words("--%s says how the explorer opens, and predict prints; add --explore, or leave it out", name)
		}
	}
	if out == "" {
		return nil
	}
	return checkTarget("--out", out)
}

// opens checks that the explorer can be opened as it is asked for.
func (a *app) opens(start start) error {
	if err := start.onScreen(); err != nil || start.plain {
		return err
	}
	return a.needsTerminal()
}

// inquiry is one run of the command.
type inquiry struct {
	*run
	*printer
	app         *app
	bar         *bar
	row         int
	file, model string
}

// ask finds what is asked: whose row, and of which model.
func (q *inquiry) ask(ctx context.Context) (d *engine.Dataset, who *engine.Applicant, weights engine.Weights, err error) {
	if d, err = engine.Prepare(q.scenario, q.set); err != nil {
		return nil, nil, weights, err
	}
	if who, err = q.applicant(d); err != nil { // what is wrong with her row is said before time is spent on training
		return nil, nil, weights, err
	}
	weights, err = q.weightsFor(ctx, d)
	return d, who, weights, err
}

// session opens the prediction to be stepped through.
func (q *inquiry) session(ctx context.Context) (*engine.Session, error) {
	d, who, weights, err := q.ask(ctx)
	if err != nil {
		return nil, err
	}
	return engine.NewPrediction(q.scenario, d, weights, who)
}

// explore opens the explorer on the prediction.
func (q *inquiry) explore(c *cobra.Command, session *engine.Session, start start) error {
	if err := start.check(session); err != nil {
		return err
	}
	if start.plain {
		return q.app.plain(c, session, start, q.command())
	}
	return q.app.show(c, tui.Options{Scenario: session.Scenario(), Set: q.set, For: q.another, Direct: true, Opened: session, Start: start.place(), Present: start.crowd,
		Command: func(s engine.Scenario) string {
			if s.Mode == engine.PrivatePrediction {
				return q.command()
			}
			return q.run.command(s)
		}}, func() {})
}

// command writes the command that opens the explorer on the same prediction.
func (q *inquiry) command() string {
	c := invocation{"unseen", "predict"}
	if q.file != "" {
		c.flag("applicant", q.file)
	} else {
		c.flag("row", strconv.Itoa(q.row))
	}
	if q.model == "" {
		q.words(&c, q.scenario)
	} else {
		c.flag("model", q.model)
		s := q.scenario
		s.Mode, s.Recipe = engine.Encrypted, "default" // where the flags begin when they are read again
		q.chosen(&c, s, func(name string) bool { return name != "hidden" && slices.Contains(usedWithModel(), name) })
	}
	return append(c, "--explore").String()
}

func (q *inquiry) do(ctx context.Context) error {
	d, who, weights, err := q.ask(ctx)
	if err != nil {
		return err
	}
	if q.format.text != "text" {
		q.app.noteData(q.source, q.set.Table)
		q.app.noteSeed(q.scenario)
	}
	answer, err := engine.Predict(q.scenario, d, weights, who, nil)
	if err != nil {
		return err
	}
	switch q.format.text {
	case "json":
		return q.failed(writeJSON(q, newPredictionDocument(answer, q.scenario.Seed)))
	case "csv":
		return q.failed(writeCSV(q, []string{"row", "approved", "probability", "rounds", "messages", "bytes"}, [][]string{{rowText(who),
			strconv.FormatBool(answer.Approved), fmt.Sprint(answer.Probability), fmt.Sprint(answer.Cost.Rounds), fmt.Sprint(answer.Cost.Messages), fmt.Sprint(answer.Cost.Bytes)}}))
	}
	q.text(d, answer)
	return nil
}

func (q *inquiry) applicant(d *engine.Dataset) (*engine.Applicant, error) {
	if q.file != "" {
		return engine.ReadApplicant(d, q.file)
	}
	return engine.ApplicantOf(d, q.row)
}

// weightsFor trains a model, or reads one.
func (q *inquiry) weightsFor(ctx context.Context, d *engine.Dataset) (engine.Weights, error) {
	if q.model != "" {
		w, err := readWeights("--model", q.model)
		if err != nil {
			return engine.Weights{}, err
		}
		if err := engine.CheckModel(d, *w, q.model); err != nil {
			return engine.Weights{}, err
		}
		if err := q.asGiven(*w); err != nil {
			return engine.Weights{}, err
		}
		q.noteModel()
		return *w, nil
	}
	session, err := q.open()
	if err != nil {
		return engine.Weights{}, err
	}
	defer session.Close()
	q.app.noteModesBut(q.flags, predicting, q.scenario)
	result, err := session.Run(ctx, func(p engine.Progress) { q.bar.update("training the model", p.Done, p.Total) })
	q.bar.clear()
	if err != nil {
		return engine.Weights{}, err
	}
	if err := saveWeights(q.weights, result.Weights); err != nil {
		return engine.Weights{}, err
	}
	return result.Weights, nil
}

// asGiven refuses --hidden where the network of the model has other widths.
func (q *inquiry) asGiven(w engine.Weights) error {
	has := engine.HiddenOf(w)
	if !q.flags.Changed("hidden") || slices.Equal(has, q.scenario.Network.Hidden) {
		return nil
	}
	return &engine.SettingError{Setting: "--hidden", Value: fmt.Sprint(engine.Hidden(q.scenario.Network.Hidden)),
		What: fmt.Sprintf("the network in --model %s has %s", quote(q.model), hiddenText(has)), Mend: "leave --hidden out, or train another model"}
}

func hiddenText(widths []int) string {
	if len(widths) == 0 {
		return "no hidden layer"
	}
	return "the widths " + fmt.Sprint(engine.Hidden(widths))
}

// predicting lists the flags that predicting uses, whatever the way to train.
var predicting = []string{"holders", "fraction-bits", "truncation", "softmax", "security", "watch-overflow"}

// usedWithModel lists the flags that predicting with a saved model uses.
func usedWithModel() []string {
	return slices.Concat([]string{"row", "applicant", "model", "explore", "out", "data", "label", "rows", "split", "normalize", "workers", "hidden", "seed", "format"}, placeNames, predicting)
}

// noteModel says which of the given flags are for training only.
func (q *inquiry) noteModel() {
	uses := usedWithModel()
	q.flags.Visit(func(f *pflag.Flag) {
		if !slices.Contains(uses, f.Name) {
			q.app.say("note: --%s is not used: --model is not trained", f.Name)
		}
	})
}

func rowText(a *engine.Applicant) string {
	if a.Row == 0 {
		return ""
	}
	return strconv.Itoa(a.Row)
}

// predictionDocument is an answer as JSON.
type predictionDocument struct {
	Row         *int         `json:"row"`
	Approved    bool         `json:"approved"`
	Probability number       `json:"probability"`
	Holders     []string     `json:"holders"`
	Seed        uint64       `json:"seed"`
	Cost        costDocument `json:"cost"`
}

func newPredictionDocument(p *engine.Prediction, seed uint64) predictionDocument {
	doc := predictionDocument{Approved: p.Approved, Probability: number(p.Probability), Holders: p.Holders, Seed: seed,
		Cost: costDocument{Seconds: number(p.Seconds), Rounds: p.Cost.Rounds, Messages: p.Cost.Messages, Bytes: p.Cost.Bytes, BytesPerParty: p.Cost.Sent, DealerBytes: p.Cost.Sent[dealer]}}
	if p.Applicant.Row > 0 {
		doc.Row = &p.Applicant.Row
	}
	return doc
}

// text prints the way of a row to the answer.
func (q *inquiry) text(d *engine.Dataset, p *engine.Prediction) {
	columns := []column{{head: "feature"}, {head: "in the file"}, {head: "scaled", right: true}, {head: "fixed point", right: true}}
	for _, h := range p.Holders {
		columns = append(columns, column{head: h, right: true})
	}
	var rows [][]string
	for j, feature := range d.Set.Features {
		cells := []string{feature.Name, p.Applicant.Fields[feature.Column], fmt.Sprintf("%.4f", p.Scaled[j]), strconv.FormatInt(int64(p.Fixed[j]), 10)}
		for _, share := range p.Shares {
			word := fmt.Sprintf("%016x", share[j])
			cells = append(cells, word[:4]+"…"+word[12:])
		}
		rows = append(rows, cells)
	}
	q.table(columns, rows)
	q.WriteString("\n")
	who := "the person in " + q.file
	if p.Applicant.Row > 0 {
		who = fmt.Sprintf("%s, row %d", p.Applicant.Name, p.Applicant.Row)
	}
	verdict := "not approved"
	if p.Approved {
		verdict = "approved"
	}
	q.fact("data", dataText(q.request, d))
	q.fact("applicant", who)
	q.fact("decision", fmt.Sprintf("%s (%q), with probability %.4f; nobody but the applicant learns it", verdict, d.Set.Classes[p.Class], p.Probability))
	q.fact("check", fmt.Sprintf("in plaintext %.4f, by the simulator, outside the protocol", p.Plain))
	q.fact("holders", strings.Join(p.Holders, ", ")+": each saw a share of every number, which is uniform")
	q.fact("revealed", "the probabilities to the applicant; masked values to the holders")
	q.fact("cost", fmt.Sprintf("%.3f s, %s, %s, %s", p.Seconds, counted(p.Cost.Rounds, "round"), counted(p.Cost.Messages, "message"), bytesText(p.Cost.Bytes)))
	q.fact("seed", seedText(q.scenario))
}
