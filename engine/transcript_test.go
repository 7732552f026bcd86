package engine

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"unseen/engine/trace"
)

var update = flag.Bool("update", false, "write the transcripts anew")

// A transcript is a script of commands and what the session answered. Lines that
// begin with "> " are commands, the others their answers; -update writes the
// answers anew, and the diff is reviewed.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.transcript")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			mode := strings.TrimSuffix(filepath.Base(file), ".transcript")
			s := fleet(t, mode, 3)
			s.Learning.Epochs, s.Learning.Rounds = 2, 2
			got := play(t, open1(t, s, table(t, 20)), string(want))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("the session answers otherwise (run with -update if it should):\n%s", diff)
			}
		})
	}
}

// play runs the commands of a transcript and returns it with the answers.
func play(t *testing.T, s *Session, script string) string {
	t.Helper()
	var out strings.Builder
	for _, line := range strings.Split(script, "\n") {
		if strings.HasPrefix(line, "#") {
			fmt.Fprintln(&out, line)
		}
		command, ok := strings.CutPrefix(line, "> ")
		if !ok {
			continue
		}
		fmt.Fprintln(&out, line)
		if err := do(s, strings.Fields(command)); err != nil {
			fmt.Fprintln(&out, "  error:", err)
			continue
		}
		answer(&out, s)
	}
	return out.String()
}

// do carries out one command of a transcript.
func do(s *Session, words []string) error {
	level := func() trace.Level {
		for _, l := range trace.Levels() {
			if l.String() == words[len(words)-1] {
				return l
			}
		}
		return trace.Message
	}
	switch words[0] {
	case "step":
		return s.Step(background)
	case "next":
		return s.Next(background, level())
	case "back":
		return s.Back(background, s.step, level())
	case "out":
		return s.Out(background)
	case "seek":
		n, err := strconv.Atoi(words[1])
		if err != nil {
			return err
		}
		return s.Seek(background, n)
	case "forget":
		if !s.Forget(words[1], words[2]) {
			return fmt.Errorf("%s has no %s", words[1], words[2])
		}
		return nil
	}
	return fmt.Errorf("unknown command %q", words[0])
}

// answer writes where the session is and what its last event was.
func answer(out *strings.Builder, s *Session) {
	step, total := s.Position()
	fmt.Fprintf(out, "  step %d of %d", step, total)
	e := s.last
	if e == nil {
		fmt.Fprintln(out, ": the beginning")
		return
	}
	var path []string
	for _, scope := range e.Path {
		path = append(path, scope.String())
	}
	fmt.Fprintf(out, ": %s\n", strings.Join(path, " › "))
	who := e.Party
	if e.Kind == trace.Sent {
		who += " → " + e.To + fmt.Sprintf(", %d bytes", e.Bytes)
	}
	fmt.Fprintf(out, "  %v %s\n", e.Kind, who)
	for _, v := range e.Outputs {
		x := v.Parts[0].Data.Float64s()
		fmt.Fprintf(out, "    %s %v %.5f", v.Name, v.Shape(), x[:min(4, len(x))])
		if len(x) > 4 {
			fmt.Fprint(out, " …")
		}
		fmt.Fprintln(out)
	}
}
