package simulator

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestNVDRefusals: what NVD answers to requests that it does not take.
func TestNVDRefusals(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	s, err := New(Config{NVD: 50, Now: func() time.Time { return now }, Keys: map[string]string{"nvd": "right"}})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(query, key string) *http.Response {
		r := httptest.NewRequest(http.MethodGet, "/nvd/rest/json/cves/2.0"+query, nil)
		if key != "" {
			r.Header.Set("apiKey", key)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Result()
	}
	for query, want := range map[string]string{
		"?resultsPerPage=2001":                       "Invalid resultsPerPage",
		"?startIndex=-1":                             "Invalid startIndex",
		"?lastModStartDate=2026-01-01T00:00:00.000Z": "are required",
		"?lastModStartDate=2026-01-01T00:00:00.000Z&lastModEndDate=2026-11-01T00:00:00.000Z": "120 consecutive days",
		"?lastModStartDate=2026-02-01T00:00:00.000Z&lastModEndDate=2026-01-01T00:00:00.000Z": "is before",
		"?surprise=1": "Invalid parameter",
	} {
		if got := ask(query, ""); got.StatusCode != http.StatusNotFound || !strings.Contains(got.Header.Get("message"), want) {
			t.Errorf("%s: %d %q, want %q", query, got.StatusCode, got.Header.Get("message"), want)
		}
	}
	if got := ask("", "wrong"); got.StatusCode != http.StatusNotFound || got.Header.Get("message") != "Invalid apiKey." {
		t.Errorf("wrong key: %d %q", got.StatusCode, got.Header.Get("message"))
	}
	for query, want := range map[string]int{"": 50, "?startIndex=45&resultsPerPage=20": 5, "?startIndex=90": 0, "?resultsPerPage=7&noRejected": 7,
		"?lastModStartDate=2026-11-02T00:00:00.000&lastModEndDate=2026-11-03T00:00:00.000": 0} {
		var page struct {
			Total int               `json:"totalResults"`
			Items []json.RawMessage `json:"vulnerabilities"`
		}
		got := ask(query, "right")
		if err := json.NewDecoder(got.Body).Decode(&page); err != nil || got.StatusCode != http.StatusOK || len(page.Items) != want {
			t.Errorf("%q: %d, %d records, %v", query, got.StatusCode, len(page.Items), err)
		}
	}
}

func TestNVDLimits(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	s, err := New(Config{NVD: 5, Now: func() time.Time { return now }, Limits: true})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 7 {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/nvd/rest/json/cves/2.0", nil))
		want := http.StatusOK
		if n == 5 {
			want = http.StatusForbidden
			now = now.Add(30 * time.Second)
		}
		if w.Code != want {
			t.Errorf("request %d: %d", n+1, w.Code)
		}
	}
}

// TestSyntheticRecordsAreAlwaysTheSame: two runs, and two pages, meet the same world.
func TestSyntheticRecordsAreAlwaysTheSame(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for n := range 500 {
		one := synthetic(n, synthesised(n))
		if string(one) != string(synthetic(n, synthesised(n))) || !json.Valid(one) || seen[syntheticID(n)] {
			t.Fatalf("record %d: %s", n, one)
		}
		seen[syntheticID(n)] = true
		if _, modified, err := headOfCVE(one); err != nil || !modified.Equal(synthesised(n)) {
			t.Fatalf("record %d: %v, %v", n, modified, err)
		}
	}
}
