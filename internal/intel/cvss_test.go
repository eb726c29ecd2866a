package intel

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"

	"github.com/threatwerk/threatwerk/internal/testkit"
)

func TestScoreOfSharedVectors(t *testing.T) {
	f, err := os.Open(testkit.SharedData(t, "cvss/vectors.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	seen := 0
	for lines.Scan() {
		var c struct {
			Version, Vector, Severity string
			Base, Score               *float64
			BaseSeverity              string `json:"base_severity"`
		}
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		seen++
		want, label := c.Base, c.BaseSeverity
		if c.Version == "4.0" {
			want, label = c.Score, c.Severity
		}
		version, score, severity, err := Score(c.Vector)
		if err != nil {
			t.Errorf("%s: %v", c.Vector, err)
			continue
		}
		if version != c.Version || score != *want || severity != FoldLabel(label) {
			t.Errorf("%s: got %s %.1f %s, want %s %.1f %s", c.Vector, version, score, severity, c.Version, *want, label)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if seen < 5500 {
		t.Errorf("only %d vectors in the file", seen)
	}
}

func TestScoreRefuses(t *testing.T) {
	for _, vector := range []string{
		"", "7.5", "HIGH", "CVSS:3.1", "CVSS:3.1/AV:N", "CVSS:3.2/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N", "AV:N/AC:L",
		"CVSS:4.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N", "CVSS:5.0/AV:N",
	} {
		if version, score, _, err := Score(vector); err == nil {
			t.Errorf("%q: scored %s %.1f", vector, version, score)
		}
	}
	version, score, severity, err := Score("(AV:N/AC:L/Au:N/C:C/I:C/A:C)")
	if err != nil || version != "2.0" || score != 10 || severity != SeverityHigh {
		t.Errorf("vector in parentheses: %s %.1f %s %v", version, score, severity, err)
	}
}
