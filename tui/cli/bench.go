package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"unseen/engine"
)

// bench measures what protocols cost.
func (a *app) bench() *cobra.Command {
	c := &cobra.Command{
		Use:   "bench [PROTOCOL…]",
		Short: "Measure what each protocol costs: time, rounds, bytes",
		Long: "Measure what protocols on shares cost, for the shapes a network has: the median time of a run with the dealer's part, rounds, bytes sent by the busiest holder, and bytes sent by the dealer. " +
			"secagg is a server round of secure aggregation among so many workers with a model of so many weights; a holder is a worker there. " +
			"train-step is a whole training step of the default network on a batch of 32 rows, with both ways to compute softmax, and the same in plaintext. " +
			"All parties run in this process, so the time is that of the arithmetic alone: a round trip of the network comes on top of it for each round. " +
			"Without names everything is measured: " + strings.Join(benchmarkNames(), ", ") + ".",
		Example:           "unseen bench\nunseen bench relu matmul --holders 3\nunseen bench --format csv",
		ValidArgsFunction: cobra.FixedCompletions(benchmarkNames(), cobra.ShellCompDirectiveNoFileComp),
	}
	f := c.Flags()
	f.SortFlags = false
	holders := []int{2, 3}
	f.Var(&value{text: "2,3", kind: "N,…", check: func(text string) (err error) {
		holders, err = holderCounts(text)
		return err
	}}, "holders", "how many hold shares; several with commas between")
	format := formatFlag(f)
	unusedSeed(f)
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(c *cobra.Command, args []string) error {
		var list []engine.Benchmark
		if list, a.err = chosenBenchmarks(args, holders); a.err == nil {
			a.note(c, "seed")
			a.err = a.measure(c.Context(), list, holders, format.text)
		}
		return nil
	}
	return c
}

func benchmarkNames() []string {
	var names []string
	for _, b := range engine.Benchmarks() {
		names = append(names, b.Name)
	}
	return names
}

// holderCounts reads numbers of holders.
func holderCounts(text string) ([]int, error) {
	var counts []int
	for _, word := range strings.Split(text, ",") {
		n, err := whole("--holders", strings.TrimSpace(word), "2,3")
		if err != nil {
			return nil, err
		}
		if n < 2 || n > 10 {
			return nil, &engine.SettingError{Setting: "--holders", Value: strconv.Itoa(n), What: "protocols run among 2 to 10", Mend: "give numbers from 2 to 10, as in --holders 2,3"}
		}
		counts = append(counts, n)
	}
	return counts, nil
}

// chosenBenchmarks returns those of the given names, all without any.
func chosenBenchmarks(names []string, holders []int) ([]engine.Benchmark, error) {
	all := engine.Benchmarks()
	if len(names) == 0 {
		return all, nil
	}
	var list []engine.Benchmark
	for _, name := range names {
		found := false
		for _, b := range all {
			if b.Name != name {
				continue
			}
			found = true
			if !anyFits(b, holders) {
				return nil, words("%s is for %d holders; give --holders %d", name, b.Cases[0].Holders, b.Cases[0].Holders)
			}
			list = append(list, b)
		}
		if !found {
			return nil, unknownBenchmark(name)
		}
	}
	return list, nil
}

func anyFits(b engine.Benchmark, holders []int) bool {
	for _, c := range b.Cases {
		for _, n := range holders {
			if c.Holders <= 1 || c.Holders == n {
				return true
			}
		}
	}
	return false
}

func unknownBenchmark(name string) error {
	names := benchmarkNames()
	if near := engine.Nearest(name, names); near != "" {
		return words("nothing to measure is called %s; did you mean %s?", quote(name), near)
	}
	return words("nothing to measure is called %s; choose from: %s", quote(name), strings.Join(names, ", "))
}

// measure runs the benchmarks and prints what comes out: for people row by row.
func (a *app) measure(ctx context.Context, list []engine.Benchmark, holders []int, format string) error {
	p, bar := a.printer(), a.bar()
	columns := benchColumns(list)
	if format == "text" {
		p.tableHead(columns)
		if err := p.flush(); err != nil {
			return err
		}
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var rows []engine.Measurement
	err := engine.Measure(ctx, list, holders, func(m engine.Measurement, done, total int) {
		rows = append(rows, m)
		if format == "text" {
			bar.clear()
			p.tableRow(columns, benchRow(m))
			if err := p.flush(); err != nil {
				stop(err)
			}
		}
		bar.update("measuring", done, total)
	})
	bar.clear()
	if err != nil {
		if unread := context.Cause(ctx); unread != nil {
			return unread
		}
		return err
	}
	switch format {
	case "json":
		return p.done(p.failed(writeJSON(p, benchDocuments(rows))))
	case "csv":
		return p.done(p.failed(writeBenchCSV(p, rows)))
	}
	p.kernels(rows)
	return p.done(nil)
}

func benchColumns(list []engine.Benchmark) []column {
	name, shape := 0, 0
	for _, b := range list {
		for _, c := range b.Cases {
			name, shape = max(name, len(b.Name), len(c.Name)), max(shape, len([]rune(shapeText(c.Shape))))
		}
	}
	return []column{{head: "protocol", width: name}, {head: "shape", width: shape}, {head: "holders", right: true}, {head: "median", right: true, width: 8},
		{head: "rounds", right: true}, {head: "a holder", right: true, width: 8}, {head: "dealer", right: true, width: 8}}
}

func benchRow(m engine.Measurement) []string {
	switch {
	case m.Holders == 1 && m.Rounds == 0:
		return []string{m.Protocol, shapeText(m.Shape), "", spanText(m.Seconds), "", "", ""}
	case m.Holders == 1:
		return []string{m.Protocol, shapeText(m.Shape), "", spanText(m.Seconds), strconv.FormatInt(m.Rounds, 10), shortBytes(m.Holder), ""}
	}
	return []string{m.Protocol, shapeText(m.Shape), strconv.Itoa(m.Holders), spanText(m.Seconds), strconv.FormatInt(m.Rounds, 10), shortBytes(m.Holder), shortBytes(m.Dealer)}
}

// shortBytes writes a number of bytes in a few characters.
func shortBytes(n int64) string {
	if n < 1000 {
		return fmt.Sprint(n, " B")
	}
	return inUnits(n)
}

// spanText writes a short time with three digits.
func spanText(seconds float64) string {
	switch {
	case seconds < 1e-3:
		return fmt.Sprintf("%.3g µs", seconds*1e6)
	case seconds < 1:
		return fmt.Sprintf("%.3g ms", seconds*1e3)
	}
	return fmt.Sprintf("%.3g s", seconds)
}

func shapeText(shape []int) string {
	sides := make([]string, len(shape))
	for i, n := range shape {
		sides[i] = strconv.Itoa(n)
	}
	return strings.Join(sides, "×")
}

// kernels says how much faster the kernel is than the definition, if both were
// measured.
func (p *printer) kernels(rows []engine.Measurement) {
	var kernel, naive float64
	work := 1
	for _, m := range rows {
		switch m.Protocol {
		case "ring-matmul":
			kernel = m.Seconds
			for _, n := range m.Shape {
				work *= n
			}
		case "ring-naive":
			naive = m.Seconds
		}
	}
	if kernel > 0 && naive > 0 {
		p.WriteString(p.style.faint.Render(fmt.Sprintf("ring-matmul does %.2f billion products a second, %.1f times as many as ring-naive", float64(work)/kernel/1e9, naive/kernel)) + "\n")
	}
}

// benchDocument is a row as JSON.
type benchDocument struct {
	Protocol string `json:"protocol"`
	Shape    []int  `json:"shape"`
	Holders  int    `json:"holders"`
	Seconds  number `json:"seconds"`
	Rounds   int64  `json:"rounds"`
	Holder   int64  `json:"bytes_per_holder"`
	Dealer   int64  `json:"dealer_bytes"`
}

func benchDocuments(rows []engine.Measurement) []benchDocument {
	list := make([]benchDocument, len(rows))
	for i, m := range rows {
		list[i] = benchDocument{m.Protocol, m.Shape, m.Holders, number(m.Seconds), m.Rounds, m.Holder, m.Dealer}
	}
	return list
}

func writeBenchCSV(p *printer, rows []engine.Measurement) error {
	var records [][]string
	for _, m := range rows {
		records = append(records, []string{m.Protocol, strings.ReplaceAll(shapeText(m.Shape), "×", "x"), strconv.Itoa(m.Holders), number(m.Seconds).String(),
			strconv.FormatInt(m.Rounds, 10), strconv.FormatInt(m.Holder, 10), strconv.FormatInt(m.Dealer, 10)})
	}
	return writeCSV(p, []string{"protocol", "shape", "holders", "seconds", "rounds", "bytes_per_holder", "dealer_bytes"}, records)
}
