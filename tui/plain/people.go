package plain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"unseen/engine"
	"unseen/tui/say"
	"unseen/tui/widget"
)

// follow leads one person through the run: the row in the file, its numbers, scaled, in
// fixed point, the shares at each holder, layer by layer, the decision.
func follow(p *plain, _ context.Context, args []string) error {
	d := p.run.Dataset()
	rows := p.scene.Rows(d)
	if len(rows) == 0 {
		return errors.New(strings.TrimSuffix(p.scene.NoRow(), "."))
	}
	row := rows[0]
	if len(d.Split.Train) > 0 && slices.Contains(rows, d.Split.Train[0]) {
		row = d.Split.Train[0]
	}
	if at, ok := d.RowOf(p.scene.Applicant().ID); ok {
		row = at
	}
	people, asked := d.Set.People(), strings.Join(args, " ")
	if n, err := strconv.Atoi(asked); err == nil {
		if row = n - 1; !slices.Contains(rows, row) {
			return fmt.Errorf("row %d is not there, or not for these eyes; rows go from 1 to %d", n, d.Set.Len())
		}
	} else if asked != "" {
		at := slices.IndexFunc(rows, func(r int) bool {
			return strings.Contains(strings.ToLower(people[r].First+" "+people[r].Last), strings.ToLower(asked))
		})
		if at < 0 {
			return fmt.Errorf("nobody here has a name with %q", asked)
		}
		row = rows[at]
	}
	p.person(d, row, people[row].First+" "+people[row].Last)
	return nil
}

// person reads one person's way.
func (p *plain) person(d *engine.Dataset, row int, name string) {
	record := d.Set.Table.Records[d.Set.Rows[row]]
	p.line("%s. %s", name, p.scene.Use(d, row))
	model, holder, learnt := p.scene.Snapshot.Model(len(p.scene.Scenario.Network.Hidden) + 1)
	scaling, scaled := p.scene.Snapshot.Scaling(d)
	walk := engine.Follow(d, row, scaling, model)
	shares, place := p.scene.RowShares(d, row)
	if scaled {
		p.line("In fixed point numbers have %s after the point.", count(p.scene.RowFraction(shares), "bit", "bits"))
	}
	for j, f := range d.Set.Features {
		text := fmt.Sprintf("%s: %s in the file, as a number %.6g", widget.Plain(f.Name), widget.Plain(record.Fields[f.Column]), walk.Raw[j])
		if !scaled {
			p.line("%s", text)
			continue
		}
		text += fmt.Sprintf(", scaled %.6g", walk.Scaled[j])
		if word, ok := p.scene.InRing(shares, place*d.Features()+j, walk.Scaled[j]); ok {
			text += fmt.Sprintf(", in fixed point %d", int64(word))
		} else {
			text += ", too large for fixed point"
		}
		for _, part := range shares.Parts {
			text += fmt.Sprintf(", share of %s %016x", part.Party, engine.DecodePart(part.Data, 0).Word(place*d.Features()+j))
		}
		p.line("%s", text)
	}
	switch {
	case !scaled:
		p.line("%s does not know mean and deviation of the columns: how the row is scaled, and where it leads, it cannot tell.", p.eyes)
		return
	case !learnt && p.eyes != "":
		p.line("%s", p.scene.NoModel())
		return
	case !learnt:
		p.line("There is no model yet: the run has not begun.")
		return
	case holder == "":
		p.line("Through the network, with the sum of all shares of the model, which nobody has:")
	default:
		p.line("Through the network, with the model in %s memory at this step:", say.Whose(holder))
	}
	for l, layer := range walk.Layers {
		values, what := layer.A, "activations"
		if values == nil {
			values, what = layer.Z, "logits"
		}
		var numbers []string
		for _, x := range values {
			numbers = append(numbers, strconv.FormatFloat(x, 'g', 4, 64))
		}
		p.paragraph(fmt.Sprintf("layer %d, %d %s: %s", l+1, len(values), what, strings.Join(numbers, ", ")))
	}
	decided := 0
	if walk.P[1] > walk.P[0] {
		decided = 1
	}
	verdict := "as in the file"
	if decided != d.Set.Y[row] {
		verdict = fmt.Sprintf("the file says %q", p.scene.Classes[d.Set.Y[row]])
	}
	p.line("The decision: %q with probability %s; %s.", p.scene.Classes[decided], widget.Percent(walk.P[decided]), verdict)
}

// judge returns the model at this step, which is judged outside the protocol.
func (p *plain) judge() (engine.Weights, error) {
	if p.scene.Predicts() {
		return engine.Weights{}, errors.New("a prediction is about one person; how the model does on all rows is measured in training")
	}
	if p.eyes != "" {
		return engine.Weights{}, fmt.Errorf("%s does not see how the model does on all rows; eyes 0 looks at everything", p.eyes)
	}
	model, _, ok := p.all.Model(len(p.scene.Scenario.Network.Hidden) + 1)
	if !ok {
		return engine.Weights{}, errors.New("there is no model yet: the run has not begun")
	}
	return model, nil
}

// threshold says what decisions are from a probability on, and whom that flips.
func threshold(p *plain, _ context.Context, args []string) error {
	model, err := p.judge()
	if err != nil {
		return err
	}
	at := 50.0
	if len(args) > 0 {
		if at, err = strconv.ParseFloat(strings.TrimSuffix(args[0], "%"), 64); err != nil || len(args) > 1 || !(at >= 0 && at <= 100) {
			return errors.New("threshold takes a probability in per cent: threshold 70")
		}
	}
	d := p.run.Dataset()
	scores := d.Scores(model, d.Judged())
	m := engine.Decide(scores, at/100)
	yes, no := p.scene.Classes[0], p.scene.Classes[1]
	p.line("Who has %q with %v %% or more gets a yes: %d of %d rows.", yes, at, m[0][0]+m[1][0], len(scores))
	p.line("Of label %q: %d yes, %d no. Of label %q: %d yes, %d no.", yes, m[0][0], m[0][1], no, m[1][0], m[1][1])
	if _, _, area := engine.ROC(scores); !math.IsNaN(area) {
		p.line("Over all thresholds: AUC %.4f.", area)
	}
	people, flips := d.Set.People(), 0
	for _, s := range scores {
		now, then := s.Probability >= at/100, s.Probability >= 0.5
		if now == then {
			continue
		}
		if flips++; flips <= longest {
			answer := "no"
			if now {
				answer = "yes"
			}
			label := no
			if s.First {
				label = yes
			}
			p.line("%s %s, probability %s, gets a %s now; the file says %q.", people[s.Row].First, people[s.Row].Last, widget.Percent(s.Probability), answer, label)
		}
	}
	if more := flips - longest; more > 0 {
		p.line("and %d more.", more)
	}
	p.line("%s another answer than at 50 %%.", count(flips, "person gets", "people get"))
	p.line("Measured by the simulator, outside the protocol: no party sees it.")
	return nil
}

// workers says on whose rows the model does worst, and best.
func workers(p *plain, _ context.Context, _ []string) error {
	model, err := p.judge()
	if err != nil {
		return err
	}
	list, err := p.run.Dataset().WorkerLosses(p.scene.Scenario, model)
	if err != nil {
		return err
	}
	slices.SortStableFunc(list, func(a, b engine.WorkerLoss) int { return cmp.Compare(b.Loss, a.Loss) })
	p.line("%s, by the loss on their own rows, the largest first:", count(len(list), "owner of rows", "owners of rows"))
	for i, w := range list {
		if i == longest && len(list) > longest+1 {
			last := list[len(list)-1]
			p.line("and %d more; the smallest is that of %s: %.4f", len(list)-longest, last.ID, last.Loss)
			break
		}
		p.line("%s, %s: %.4f", w.ID, count(w.Rows, "row", "rows"), w.Loss)
	}
	p.line("Measured by the simulator, outside the protocol: no party sees it.")
	return nil
}

// offline takes a worker offline, or brings it back.
func offline(p *plain, ctx context.Context, args []string) error {
	run, live := p.run.(*engine.Session)
	switch {
	case p.scene.Scenario.Mode != engine.SecureAggregation || live && !run.CanLeave():
		return errors.New("workers leave in secure aggregation only")
	case !live:
		return errors.New("a recording has one future only: nobody can be taken offline in it")
	case p.eyes != "":
		return fmt.Errorf("eyes 0 first: %s takes nobody offline", p.eyes)
	case len(args) == 0:
		return errors.New("offline takes a worker: offline 3")
	}
	party, err := p.find(strings.Join(args, " "))
	if err != nil {
		return err
	}
	if party.Role != "worker" {
		return errors.New("only workers leave; parties lists them")
	}
	done, err := run.TakeOffline(ctx, party.ID)
	if err != nil {
		return err
	}
	p.left, p.way = true, nil
	p.look()
	p.line("%s", strings.TrimSuffix(done, "."))
	p.tell()
	return nil
}
