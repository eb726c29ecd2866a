package epss

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

const day = "#model_version:v2026.06.15,score_date:2099-11-24T12:00:21Z\ncve,epss,percentile\nCVE-1999-0001,0.01297,0.79384\r\n\n" +
	"CVE-1999-0002,1,NaN\nCVE-1999-0003,1.5,0.1\nnonsense\ncve-1999-0004,0.00001,0\n"

func packed(t *testing.T, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestLines(t *testing.T) {
	for name, data := range map[string][]byte{"plain": []byte(day), "gzip": packed(t, day)} {
		f, err := Open(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if want := (intel.EPSSHeader{ModelVersion: "v2026.06.15", ScoreDate: "2099-11-24T12:00:21Z"}); f.Header != want {
			t.Errorf("%s: header %+v", name, f.Header)
		}
		var scores []intel.EPSSScore
		var refused []int
		for row, err := range f.Lines() {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if row.Refused != nil {
				refused = append(refused, row.Line)
				continue
			}
			scores = append(scores, row.Score)
		}
		if len(scores) != 2 || scores[0] != (intel.EPSSScore{CVE: "CVE-1999-0001", Score: 0.01297, Percentile: 0.79384}) || scores[1].CVE != "CVE-1999-0004" {
			t.Errorf("%s: scores %+v", name, scores)
		}
		if len(refused) != 3 || refused[0] != 5 {
			t.Errorf("%s: refused lines %v", name, refused)
		}
	}
}

func TestOldFileWithoutComment(t *testing.T) {
	f, err := Open(strings.NewReader("cve,epss\nCVE-1999-0001,0.5\n"))
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range f.Lines() {
		if err != nil || row.Refused != nil || row.Score.Score != 0.5 {
			t.Errorf("%+v %v", row, err)
		}
	}
}

func TestRefusesWhatIsNoScores(t *testing.T) {
	cut := packed(t, day+strings.Repeat("CVE-1999-0001,0.01297,0.79384\n", 100))
	for name, in := range map[string]string{"empty": "", "page": "<html>\n</html>", "other columns": "a,b\n1,2\n", "no gzip": "\x1f\x8b nonsense"} {
		if _, err := Open(strings.NewReader(in)); !problem.Is(err, problem.Malformed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	f, err := Open(bytes.NewReader(cut[:len(cut)-9]))
	if err != nil {
		t.Fatal(err)
	}
	var last error
	for _, err := range f.Lines() {
		last = err
	}
	if !problem.Is(last, problem.Malformed) {
		t.Errorf("a file that is cut off ended with %v", last)
	}
}
