package demo

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every sample must be there, and the bundle must hold facts only: no long text from elsewhere.
func TestBundleIsWholeAndHoldsFactsOnly(t *testing.T) {
	for _, s := range samples {
		if _, err := os.Stat(filepath.Join("sboms", s.file)); err != nil {
			t.Errorf("sample document: %v", err)
		}
	}
	files, err := filepath.Glob("intel/osv/*.json")
	if err != nil || len(files) < 100 {
		t.Fatalf("want at least 100 records, got %d (%v)", len(files), err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var rec struct {
			ID      string `json:"id"`
			Summary string `json:"summary"`
			Details string `json:"details"`
		}
		if err := json.Unmarshal(raw, &rec); err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		if rec.ID != strings.TrimSuffix(filepath.Base(f), ".json") {
			t.Errorf("%s holds record %q", f, rec.ID)
		}
		if rec.Details != "" || len(rec.Summary) > 140 {
			t.Errorf("%s carries prose beyond a summary of our own", f)
		}
	}
}
