package lab

import (
	"strconv"
)

// covered stands for a number that is yours to predict.
const covered = "?"

// asksNothing is the question that is none: everything is told.
const asksNothing = "nothing"

// question is something to predict about a product, before it is told.
type question struct {
	name   string
	text   func(b *beaverRun) string
	hidden []string // lines of the numbers that would give the answer away
	answer func(b *beaverRun) uint64
	why    func(b *beaverRun) string
	count  bool // the answer counts something: it is no ring element
}

// questions lists them, from the easiest.
func questions() []question {
	return []question{
		{name: "d", hidden: []string{"d", "e", "z"},
			text:   func(b *beaverRun) string { return "The holders open d = x − a. Which number will everybody see?" },
			answer: func(b *beaverRun) uint64 { return b.openedD },
			why: func(b *beaverRun) string {
				return worded("d = %s − %s = %s modulo %s. The dealer drew a without looking at anything, so d is as uniform as a: it says nothing about x.", b.sum(b.x), b.sum(b.a), b.openedD, b.ring.Modulus())
			}},
		{name: "share", hidden: []string{"z"},
			text: func(b *beaverRun) string {
				return "With d and e open, holder 1 computes its share of z by itself. Which number is it?"
			},
			answer: func(b *beaverRun) uint64 { return b.z[0] },
			why: func(b *beaverRun) string {
				return worded("c + d·b + a·e + d·e with its own shares of c, b and a: %s + %s·%s + %s·%s + %s·%s = %s modulo %s. The others leave d·e out: it must count once.",
					b.c[0], b.openedD, b.b[0], b.a[0], b.openedE, b.openedD, b.openedE, b.z[0], b.ring.Modulus())
			}},
		{name: "z", hidden: []string{"z"},
			text:   func(b *beaverRun) string { return "What do the shares of z add up to?" },
			answer: func(b *beaverRun) uint64 { return b.sum(b.z) },
			why: func(b *beaverRun) string {
				return worded("c + d·b + a·e + d·e = a·b + (x − a)·b + a·(y − b) + (x − a)·(y − b) = x·y: %s · %s = %s modulo %s.", b.sum(b.x), b.sum(b.y), b.sum(b.z), b.ring.Modulus())
			}},
		{name: "possible", count: true,
			text: func(b *beaverRun) string {
				return "Holder 2 has its own shares of x, a, b and c, and has seen d and e. It tries all values for x. How many are possible?"
			},
			answer: func(b *beaverRun) uint64 { return b.possible() },
			why: func(b *beaverRun) string {
				return worded("All %s. Whatever x is, one mask a = x − d fits, and every a is as likely as every other; its shares of x and a do not help, the others' are missing.", b.ring.Modulus())
			}},
		{name: "reuse",
			text: func(b *beaverRun) string {
				return "By mistake x′ is opened under the same mask a: d′ = x′ − a. Everybody computes d − d′. Which number is it?"
			},
			answer: func(b *beaverRun) uint64 { return b.again.difference },
			why: func(b *beaverRun) string {
				return worded("(x − a) − (x′ − a): the mask drops out, and x − x′ = %s − %s = %s modulo %s is left for all to see. The dealer's ledger says to that: %s.",
					b.sum(b.x), b.again.x, b.again.difference, b.ring.Modulus(), b.again.refused)
			}},
	}
}

// questionNames lists the choices: nothing, and the questions.
func questionNames() []string {
	names := []string{asksNothing}
	for _, q := range questions() {
		names = append(names, q.name)
	}
	return names
}

// tried is up to which modulus the values of x are counted one by one.
const tried = 1 << 16

// possible counts the values of x for which there is a mask that explains the opened d.
func (b *beaverRun) possible() (n uint64) {
	m := b.ring.Modulus()
	if m > tried {
		return m
	}
	fits := make([]bool, m)
	for a := range m {
		fits[b.ring.Sum(b.openedD, a)] = true
	}
	for _, yes := range fits {
		n += uint64(btoi(yes))
	}
	return n
}

// ask hides the answer to a question until there is a prediction, and then says how
// good that was.
func (b *beaverRun) ask(v Values) *Report {
	var q question
	for _, x := range questions() {
		if x.name == v["ask"] {
			q = x
		}
	}
	r := &Report{Adversary: everyHolder, Notes: append(b.notes(), Note{Name: "question", Text: q.text(b)})}
	if q.name == "reuse" {
		r.Notes[len(r.Notes)-1].Text += worded(" Here x′ is %s.", b.again.x)
	}
	if v["predict"] == "" {
		r.Notes = append(r.Notes, Note{Name: "yours", Text: "Give your number as predict; then the rest is shown."})
		r.Saw = []string{"comes with the answer"}
		r.Tables = []Table{b.numbers(q.hidden...)}
		return r
	}
	said, _ := strconv.ParseInt(v["predict"], 10, 64) // checked
	answer, own := q.answer(b), uint64(said)
	if !q.count {
		own = b.ring.Element(said) // −5 is 251 modulo 256
	}
	right := own == answer
	r.Saw = b.saw()
	r.Facts = []Fact{{Name: "predicted", Label: "you predicted", Value: said}, {Name: "answer", Label: "it is", Value: answer}, {Name: "right", Label: "right", Value: right}}
	r.Tables = []Table{b.numbers(), b.terms()}
	r.Notes = append(r.Notes, Note{Name: "why", Text: q.why(b)})
	r.Finding = worded("Not %s: it is %s.", said, answer)
	if right {
		r.Finding = worded("Right: %s.", answer)
	}
	return r
}
