package data

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func applicantFile(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A row of the set, written as a file, with a header in another order, without one,
// with and without the label, is encoded as the set encodes it.
func TestApplicantIsEncodedLikeARow(t *testing.T) {
	s, err := Twin().Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []int{0, 7, s.Len() - 1} {
		fields := s.Table.Records[s.Rows[row]].Fields
		var names, reversed []string
		for j := range s.Table.Columns {
			names = append([]string{s.Table.Columns[j].Name}, names...)
			reversed = append([]string{fields[j]}, reversed...)
		}
		for _, text := range []string{
			strings.Join(fields, ","),
			strings.Join(fields[:len(fields)-1], ","),
			strings.Join(names, ",") + "\n" + strings.Join(reversed, ",") + "\n",
			strings.Join(names[1:], ",") + "\n" + strings.Join(reversed[1:], ",") + "\n",
		} {
			a, err := s.OpenApplicant(applicantFile(t, text))
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			n := len(s.Features)
			for j, x := range a.X.Float64s() {
				if want := s.X.Float64s()[row*n+j]; x != want {
					t.Errorf("row %d, %s: %v, want %v", row, s.Features[j].Name, x, want)
				}
			}
		}
	}
}

// What is wrong is named, with its place.
func TestWrongApplicants(t *testing.T) {
	s, err := Twin().Encode()
	if err != nil {
		t.Fatal(err)
	}
	fields := s.Table.Records[s.Rows[0]].Fields[:15]
	with := func(j int, value string) string {
		f := append([]string(nil), fields...)
		f[j] = value
		return strings.Join(f, ",")
	}
	header := "A1,A2,A3,A4,A5,A6,A7,A8,A9,A10,A11,A12,A13,A14,A15"
	for text, want := range map[string]string{
		"":                                      "a.csv: the file is empty",
		with(1, "old"):                          `a.csv:1:2: "old" in A2 is not a number; write a decimal number`,
		with(1, "?"):                            "a.csv:1:2: A2 has no value; fill it in",
		with(3, "zz"):                           `a.csv:1:4: "zz" in A4 is not known; write one of `,
		with(14, "1e300"):                       `a.csv:1:15: "1e300" in A15 is beyond the public bound of that column; write a number from −`,
		with(14, "1e9"):                         `a.csv:1:15: "1e9" in A15 is beyond the public bound of that column; write a number from −`,
		"b,1,2":                                 "a.csv:1: this row has 3 values, and twin has 15 beside the label",
		with(0, "a") + "\n" + with(0, "b"):      "a.csv:2: there are 2 rows and no header; write one row",
		header:                                  "a.csv:1: the header is followed by 0 rows; write one row",
		header + ",A99\n" + with(0, "a") + ",1": `a.csv:1:16: no column of twin is called "A99"; use A1, A2, `,
		strings.TrimPrefix(header, "A1,") + "\n" + strings.Join(fields[1:], ","): `a.csv:1: column "A1" is missing; the answer depends on all of A1, `,
		"A1," + header + "\na," + with(0, "a"):                                   `a.csv:1:2: column "A1" is there twice`,
	} {
		_, err := s.OpenApplicant(applicantFile(t, text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := s.OpenApplicant(t.TempDir() + "/none.csv"); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("a file that is not there: %v", err)
	}
}

func FuzzApplicant(f *testing.F) {
	s, err := Twin().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(strings.Join(s.Table.Records[0].Fields, ","))
	f.Add("A1,A2\nb,1")
	f.Fuzz(func(t *testing.T, text string) {
		raw, err := readRecords(newSource(strings.NewReader(text), "a.csv", MaxBytes))
		if err != nil {
			return
		}
		a, err := s.applicant(raw)
		if err == nil && len(a.X.Float64s()) != len(s.Features) {
			t.Fatalf("%d features of %d", len(a.X.Float64s()), len(s.Features))
		}
		if err != nil && strings.ContainsAny(err.Error(), "\n\r\x1b") {
			t.Fatalf("the error has control characters: %q", err)
		}
	})
}
