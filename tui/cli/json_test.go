package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"unseen/engine"
)

// shape says of which members, in which order and of which types a JSON document
// is made: {a:number b:[string]}. Of a list only the first element counts.
func shape(t *testing.T, text string) string {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	s := shapeOf(t, dec, token(t, dec))
	if _, err := dec.Token(); err != io.EOF {
		t.Errorf("something follows the document: %v", err)
	}
	return s
}

func token(t *testing.T, dec *json.Decoder) json.Token {
	t.Helper()
	tok, err := dec.Token()
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func shapeOf(t *testing.T, dec *json.Decoder, tok json.Token) string {
	t.Helper()
	var parts []string
	switch tok := tok.(type) {
	case json.Delim:
		for dec.More() {
			next := token(t, dec)
			if tok == '{' {
				parts = append(parts, fmt.Sprint(next)+":"+shapeOf(t, dec, token(t, dec)))
			} else {
				parts = append(parts, shapeOf(t, dec, next))
			}
		}
		token(t, dec)
		if tok == '{' {
			return "{" + strings.Join(parts, " ") + "}"
		}
		return "[" + strings.Join(parts[:min(1, len(parts))], "") + "]"
	case nil:
		return "null"
	case float64:
		return "number"
	}
	return fmt.Sprintf("%T", tok)
}

func wantShape(t *testing.T, text, want string) {
	t.Helper()
	if got, want := shape(t, text), strings.Join(strings.Fields(want), " "); got != want {
		t.Errorf("the document is\n%s\nwant\n%s", got, want)
	}
}

const trainShape = `{mode:string data:{source:string rows:number features:number train:number test:number}
	settings:{mode:string recipe:string data:string label:string rows:%[1]s split:number normalize:string order:string
	workers:number skew:null hidden:string init:string init-weights:null weights:null epochs:number rounds:number
	local-epochs:number batch:number lr:number loss:string dropout:number holders:number fraction-bits:number truncation:string softmax:string security:string reveal-loss:bool twin:bool watch-overflow:bool
	aggregation:string neighbours:null threshold:null drop:number seed:number dp:string clip:null noise:null epsilon:null delta:number budget:null format:string plot:null}
	epochs:[{epoch:number train_loss:number train_accuracy:number test_loss:%[2]s test_accuracy:%[2]s%[3]s seconds:number}]
	final:{train_loss:number train_accuracy:number test_loss:%[2]s test_accuracy:%[2]s test_auc:%[2]s}
	baseline:{majority_accuracy:number}
	cost:{seconds:number rounds:number messages:number bytes:number bytes_per_party:{%[4]s} dealer_bytes:number}%[5]s
	privacy:{dp:string epsilon:null delta:null} weights:{sha256:string}}`

func TestTrainJSON(t *testing.T) {
	path := small(t)
	const opened = " shares:{holders:[string] opened:[{what:string shape:[number] to:string why:string times:number}]}"
	for mode, c := range map[string]struct{ local, parties, secure string }{
		"encrypted": {"", "HOLDERS dealer:number owners:number server:number", opened},
		"central":   {"", "server:number", ""}, "federated": {"", "owners:number server:number", ""},
		"aggregated": {" local_loss:[number]", "aggregator:number owners:number server:number", ""},
		"secure-aggregation": {" local_loss:[number] aggregation:{delivered:number gone:[number] recovered:number clipped:number}", "owners:number server:number",
			" secure_aggregation:{neighbours:number threshold:number log2_collusion:null log2_loss:null ring_bits:number fraction_bits:number value_clip:number}"},
	} {
		args := []string{"train", "--data", path, "--mode", mode, "--hidden", "4", "--rounds", "2", "--seed", "42", "--format", "json"}
		if mode != "aggregated" && mode != "secure-aggregation" {
			args = slices.DeleteFunc(args, func(word string) bool { return word == "--rounds" || word == "2" })
		}
		c.parties = strings.Replace(c.parties, "HOLDERS", "AbdullahGlover:number AishaLewis:number AlanaSchultz:number", 1) // the first owners by name
		wantShape(t, must(t, args...), fmt.Sprintf(trainShape, "null", "number", c.local, c.parties, c.secure))
		c.parties = strings.Replace(c.parties, "AishaLewis:number AlanaSchultz:number", "AlishaGray:number AlysaRogers:number", 1)
		wantShape(t, must(t, append(args, "--rows", "20", "--split", "1")...), fmt.Sprintf(trainShape, "number", "null", c.local, c.parties, c.secure))
	}
}

// trained is a part of train's document.
type trained struct {
	Mode string
	Data struct {
		Source                      string
		Rows, Features, Train, Test int
	}
	Settings map[string]any
	Epochs   []struct {
		Epoch int
		Loss  *float64 `json:"train_loss"`
	}
	Final struct {
		TrainLoss    float64  `json:"train_loss"`
		TestAccuracy *float64 `json:"test_accuracy"`
		TestAUC      *float64 `json:"test_auc"`
	}
	Baseline struct {
		Accuracy float64 `json:"majority_accuracy"`
	}
	Weights struct{ SHA256 string }
}

func train(t testing.TB, args ...string) trained {
	t.Helper()
	var d trained
	if err := json.Unmarshal([]byte(must(t, append([]string{"train", "--format", "json"}, args...)...)), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSettingsInForce(t *testing.T) {
	path := small(t)
	d := train(t, "--data", path, "--recipe", "notebook", "--epochs", "2", "--hidden", "4, 3", "--seed", "9007199254740993")
	want := map[string]any{
		"mode": "central", "recipe": "notebook", "data": path, "label": "label", "rows": nil, "split": 1.0, "normalize": "none",
		"order": "file", "workers": 72.0, "skew": nil, "hidden": "4,3", "init": "torch", "init-weights": nil, "weights": nil,
		"epochs": 2.0, "rounds": 5.0, "local-epochs": 5.0, "batch": 1.0,
		"lr": 0.001, "loss": "nll", "dropout": 0.0, "holders": 3.0, "fraction-bits": 16.0, "truncation": "dealer", "softmax": "exp", "security": "semi-honest",
		"reveal-loss": true, "twin": false, "watch-overflow": true, "aggregation": "masks", "neighbours": nil, "threshold": nil, "drop": 0.1, "seed": 9007199254740992.0, "dp": "off", "clip": nil, "noise": nil, "epsilon": nil, "delta": 1e-5, "budget": nil, "format": "json", "plot": nil,
	}
	if fmt.Sprint(d.Settings) != fmt.Sprint(want) {
		t.Errorf("settings are\n%v\nwant\n%v", d.Settings, want)
	}
	if d.Data.Rows != 72 || d.Data.Train != 72 || d.Data.Test != 0 || len(d.Epochs) != 2 || d.Epochs[0].Epoch != 1 || d.Final.TestAUC != nil {
		t.Errorf("the run was %+v", d)
	}
	if raw := must(t, "train", "--data", path, "--epochs", "1", "--format", "json", "--seed", "18446744073709551615"); !strings.Contains(raw, `"seed": 18446744073709551615`) {
		t.Error("the largest seed is not shown to the last digit")
	}
}

var secondsJSON = regexp.MustCompile(`"seconds": [0-9.e-]+`)

func TestSameSeedSameOutput(t *testing.T) {
	path := small(t)
	for _, args := range [][]string{
		{"train", "--mode", "central", "--epochs", "3", "--format", "json"},
		{"train", "--mode", "federated", "--epochs", "3", "--workers", "9", "--skew", "A3", "--format", "json"},
		{"train", "--mode", "aggregated", "--rounds", "3", "--workers", "9", "--format", "json"},
		{"trace", "--mode", "central", "--epochs", "1", "--format", "json"},
		{"trace", "--mode", "federated", "--epochs", "1", "--format", "json"},
		{"trace", "--mode", "aggregated", "--rounds", "1", "--workers", "9", "--skew", "A3", "--format", "json"},
		{"trace", "--mode", "aggregated", "--rounds", "1"},
		{"compare", "--workers", "5", "--batch", "9", "--format", "json"},
	} {
		args = append(args, "--data", path, "--seed", "7", "--dropout", "0.1", "--rows", "40", "--hidden", "6,4")
		run := func() string {
			a := do(args...) // with notes on what is not used, in compare
			if a.status != 0 {
				t.Fatalf("%v: %s", args, a.err)
			}
			return secondsJSON.ReplaceAllString(a.out, "")
		}
		if a, b := run(), run(); a != b {
			t.Errorf("%v: the same seed gave\n%s\nand\n%s", args, a, b)
		}
	}
	csv := func() string {
		var rows []string
		for _, line := range strings.Split(do("compare", "--data", path, "--seed", "7", "--rounds", "2", "--hidden", "4", "--format", "csv").out, "\n") {
			if cells := strings.Split(line, ","); len(cells) > 12 {
				rows = append(rows, strings.Join(append(cells[:7], cells[8:]...), ","))
			}
		}
		return strings.Join(rows, "\n")
	}
	if a, b := csv(), csv(); a != b || strings.Count(a, "\n") != len(engine.Modes()) {
		t.Errorf("the same seed gave\n%s\nand\n%s", a, b)
	}
	a, b := train(t, "--data", path, "--epochs", "1"), train(t, "--data", path, "--epochs", "1")
	if a.Settings["seed"] == b.Settings["seed"] || a.Weights.SHA256 == b.Weights.SHA256 {
		t.Error("two runs without a seed are the same")
	}
}

// timeless is a result without its times.
func timeless(text string) string {
	if strings.HasPrefix(text, "epoch,") {
		return secondsCSV.ReplaceAllString(text, "")
	}
	return secondsJSON.ReplaceAllString(text, "")
}

var secondsCSV = regexp.MustCompile(`(?m),[0-9.e-]+$`)

// Where the result is for programs, or does not say, a drawn seed is told beside it,
// and it is the one that repeats the run.
func TestDrawnSeedsAreTold(t *testing.T) {
	path := small(t)
	for _, args := range [][]string{
		{"train", "--epochs", "1", "--format", "csv"}, {"train", "--epochs", "1", "--format", "json"},
		{"compare", "--modes", "central", "--epochs", "1", "--format", "json"},
		{"predict", "--row", "7", "--epochs", "1", "--hidden", "4", "--format", "csv"}, {"predict", "--row", "7", "--epochs", "1", "--hidden", "4", "--format", "json"},
		{"trace", "--steps", "3"}, {"attack", "gradient", "--format", "json"},
		{"lab", "beaver", "--format", "json"}, {"trace", "--protocol", "mul", "--value", "2", "--value2", "3", "--format", "json"},
	} {
		if args[0] != "lab" && args[1] != "--protocol" {
			args = append(args, "--data", path)
		}
		a := do(args...)
		told := drawn.FindStringSubmatch(a.err)
		if a.status != 0 || told == nil || told[1] != told[2] || strings.Count(a.err, "\n") != 1 {
			t.Errorf("unseen %s: status %d, %q", strings.Join(args, " "), a.status, a.err)
			continue
		}
		b := do(append(args, "--seed", told[1])...)
		if b.err != "" || timeless(b.out) != timeless(a.out) {
			t.Errorf("unseen %s --seed %s: %q, not what was printed before:\n%s\n%s", strings.Join(args, " "), told[1], b.err, a.out, b.out)
		}
		if asJSON := args[len(args)-1] == "json" || slices.Contains(args, "json"); asJSON && !strings.Contains(a.out, told[1]) {
			t.Errorf("unseen %s: the seed is not in the document", strings.Join(args, " "))
		}
	}
}

func TestTraceJSON(t *testing.T) {
	path := small(t)
	text := must(t, "trace", "--data", path, "--epochs", "1", "--seed", "1", "--format", "json")
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, line := range lines {
		got := shape(t, line)
		local := `{step:number span:[string] kind:string from:string to:null name:string shape:[number] bytes:number}`
		span := `{step:number span:[string] kind:string from:null to:null name:string shape:[number] bytes:number}`
		outermost := strings.Replace(span, "[string]", "[]", 1)
		if got != local && got != span && got != outermost {
			t.Fatalf("line %d is %s", i+1, got)
		}
		var event struct{ Step int }
		if err := json.Unmarshal([]byte(line), &event); err != nil || event.Step != i+1 {
			t.Fatalf("line %d has step %d: %v", i+1, event.Step, err)
		}
	}
	if last := lines[len(lines)-1]; !strings.Contains(last, `"span":[],"kind":"span","from":null,"to":null,"name":"epoch 1"`) {
		t.Errorf("the last event is %s", last)
	}
	again := must(t, "trace", "--data", path, "--epochs", "1", "--seed", "1", "--format", "json")
	if again != text {
		t.Error("the same seed gave another trace")
	}
}

func TestTraceFilters(t *testing.T) {
	args := []string{"trace", "--data", small(t), "--epochs", "1", "--seed", "1", "--format", "json"}
	lines := strings.SplitAfter(must(t, args...), "\n")
	for flag, mark := range map[string]string{
		"--only span": `"kind":"span"`, "--only local": `"kind":"local"`, "--only open": `"kind":"open"`, "--party server": `"from":"server"`,
	} {
		var want strings.Builder
		for _, line := range lines {
			if strings.Contains(line, mark) {
				want.WriteString(line)
			}
		}
		if got := must(t, append(args, strings.Fields(flag)...)...); got != want.String() {
			t.Errorf("%s prints other lines than those with %s", flag, mark)
		}
	}
	if got := must(t, append(args, "--steps", "20")...); got != strings.Join(lines[:20], "") {
		t.Error("--steps 20 does not print the first 20 events")
	}
}

func TestDataJSON(t *testing.T) {
	path := small(t)
	numeric := `{count:number mean:number std:number min:number 25%:number 50%:number 75%:number max:number}`
	wantShape(t, must(t, "data", "describe", "--data", path, "--format", "json"),
		fmt.Sprintf("{columns:{A2:%[1]s A3:%[1]s A8:%[1]s A11:%[1]s A14:%[1]s A15:%[1]s}}", numeric))
	row := "line:number"
	for i := range 15 {
		row += fmt.Sprintf(" A%d:string", i+1)
	}
	wantShape(t, must(t, "data", "head", "--data", path, "--format", "json"), "[{"+row+" label:string}]")
	wantShape(t, must(t, "data", "columns", "--data", path, "--format", "json"),
		`{columns:[{name:string kind:string label:bool missing:number min:null max:null values:[string]}]
		features:[{name:string column:string category:null}]}`)
}

func TestVersionJSON(t *testing.T) {
	text := must(t, "version", "--format", "json")
	got := shape(t, text)
	if !regexp.MustCompile(`^\{version:string commit:(string|null) go:string dependencies:\{.*\}\}$`).MatchString(got) {
		t.Errorf("the document is %s", got)
	}
}

func TestNumbersThatAreNone(t *testing.T) {
	var nan, inf number
	nan, inf = number(nanOf()), number(1/zero())
	for _, n := range []number{nan, inf, -inf} {
		text, err := json.Marshal(n)
		if err != nil || string(text) != "null" || n.String() != "" {
			t.Errorf("%v became %s, %q: %v", float64(n), text, n, err)
		}
	}
}

func zero() float64  { return 0 }
func nanOf() float64 { return zero() / zero() }

func TestPrivateJSON(t *testing.T) {
	path := small(t)
	text := must(t, "train", "--data", path, "--hidden", "4", "--epochs", "4", "--batch", "20", "--dp", "central", "--clip", "1", "--noise", "2",
		"--normalize", "range", "--budget", "3", "--seed", "1", "--format", "json")
	shape := fmt.Sprintf(trainShape, "null", "number", "", "server:number", "")
	shape = strings.Replace(shape, "clip:null noise:null epsilon:null delta:number budget:null", "clip:number noise:number epsilon:null delta:number budget:number", 1)
	shape = strings.Replace(shape, " seconds:number}]", " epsilon:number seconds:number}]", 1)
	shape = strings.Replace(shape, "privacy:{dp:string epsilon:null delta:null}", `privacy:{dp:string epsilon:number delta:number order:number odds:number
		noise:number clip:number rate:number releases:number planned:number stopped:bool each:string whom:string}`, 1)
	wantShape(t, text, shape)
	var d struct {
		Epochs  []struct{ Epsilon float64 }
		Privacy struct {
			Epsilon, Rate     float64
			Releases, Planned int
			Stopped           bool
		}
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	p := d.Privacy
	asked := must(t, "dp", "epsilon", "--rate", number(p.Rate).String(), "--noise", "2", "--steps", fmt.Sprint(p.Releases), "--delta", "1e-5", "--format", "json")
	if !strings.Contains(asked, number(p.Epsilon).String()) {
		t.Errorf("the run costs %v; the accountant says %s", p.Epsilon, asked)
	}
	if last := d.Epochs[len(d.Epochs)-1].Epsilon; last != p.Epsilon || !p.Stopped || p.Planned != 12 || p.Epsilon > 3 {
		t.Errorf("the last epoch is at %v, the run %+v", last, p)
	}
}
