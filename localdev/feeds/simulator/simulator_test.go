package simulator

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/testkit"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func serve(t *testing.T, c Config) (*Server, string) {
	t.Helper()
	c.Now = func() time.Time { return noon }
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(s)
	t.Cleanup(listening.Close)
	return s, listening.URL
}

func ask(t *testing.T, method, url, body string, header ...string) (*http.Response, string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("User-Agent", "ThreatWerk/test")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, "", err
	}
	got, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	return answer, string(got), err
}

func TestServesTheSharedData(t *testing.T) {
	_, base := serve(t, Config{Data: testkit.SharedData(t, ".")})
	for path, want := range map[string]string{
		"/kev/sites/default/files/feeds/known_exploited_vulnerabilities.json": `"count":1404`,
		"/epss/epss_scores-current.csv.gz":                                    "\x1f\x8b",
		"/osv/Go/modified_id.csv":                                             ",GO-",
		"/osv/GitHub%20Actions/all.zip":                                       "PK",
		"/cve/main/cves/deltaLog.json":                                        `"numberOfChanges":445`,
		"/cve/main/cves/2024/9xxx/CVE-2024-9537.json":                         "ScienceLogic",
		"/otx/api/v1/pulses/subscribed?limit=20":                              `"count":60`,
	} {
		answer, body, err := ask(t, "GET", base+path, "", "X-OTX-API-KEY", "k")
		if err != nil || answer.StatusCode != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %v %v %.200s", path, answer, err, body)
		}
	}
}

func TestFaultsStrikeAsOftenAsAsked(t *testing.T) {
	s, base := serve(t, Config{})
	if _, _, err := ask(t, "POST", base+"/control/faults",
		`{"service":"otx","kind":"status","status":504,"match":"limit=20&","after":1,"times":2,"header":{"Retry-After":"0"}}`); err != nil {
		t.Fatal(err)
	}
	var got []int
	for range 4 {
		answer, _, err := ask(t, "GET", base+"/otx/api/v1/pulses/subscribed?limit=20&page=1", "", "X-OTX-API-KEY", "k")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, answer.StatusCode)
	}
	if want := [4]int{200, 504, 504, 200}; [4]int(got) != want {
		t.Errorf("answered %v, want %v", got, want)
	}
	if seen := s.Requests("otx"); len(seen) != 4 || seen[1].Fault != Status {
		t.Errorf("saw %+v", seen)
	}
	answer, body, err := ask(t, "POST", base+"/control/faults", `{"service":"otx","kind":"flood"}`)
	if err != nil || answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "no kind of fault") {
		t.Errorf("%v %s %v", answer, body, err)
	}
}

func TestBrokenBodies(t *testing.T) {
	s, base := serve(t, Config{})
	url := base + "/kev/known_exploited_vulnerabilities.json"
	for kind, check := range map[string]func(*http.Response, string, error) bool{
		Truncate: func(_ *http.Response, _ string, err error) bool { return err != nil },
		Cut:      func(_ *http.Response, body string, err error) bool { return err == nil && !json.Valid([]byte(body)) },
		HTML:     func(_ *http.Response, body string, _ error) bool { return strings.HasPrefix(body, "<!doctype") },
		Schema:   func(_ *http.Response, body string, _ error) bool { return strings.Contains(body, "aMemberOfTomorrow") },
	} {
		if err := s.Add(Fault{Service: "kev", Kind: kind, Times: 1}); err != nil {
			t.Fatal(err)
		}
		if answer, body, err := ask(t, "GET", url, ""); !check(answer, body, err) {
			t.Errorf("%s: %v %q %v", kind, answer, body, err)
		}
	}
}

func TestARecordIsPlacedReplacedAndWithdrawn(t *testing.T) {
	_, base := serve(t, Config{})
	record := `{"id":"GHSA-aaaa-bbbb-cccc","affected":[{"package":{"ecosystem":"npm","name":"w"}}]}`
	if answer, body, err := ask(t, "PUT", base+"/control/records/osv/GHSA-aaaa-bbbb-cccc", record); err != nil || answer.StatusCode != 204 {
		t.Fatal(answer, body, err)
	}
	_, list, err := ask(t, "GET", base+"/osv/npm/modified_id.csv", "")
	if err != nil || list != "2026-11-25T12:00:00Z,GHSA-aaaa-bbbb-cccc\n" {
		t.Errorf("%q %v", list, err)
	}
	answer, packed, err := ask(t, "GET", base+"/osv/npm/all.zip", "")
	if err != nil {
		t.Fatal(err)
	}
	if archive, err := zip.NewReader(bytes.NewReader([]byte(packed)), int64(len(packed))); err != nil || len(archive.File) != 1 {
		t.Errorf("%v %v", archive, err)
	}
	again, _, err := ask(t, "GET", base+"/osv/npm/all.zip", "", "If-None-Match", answer.Header.Get("ETag"))
	if err != nil || again.StatusCode != http.StatusNotModified {
		t.Errorf("%v %v", again, err)
	}
	if answer, body, err := ask(t, "DELETE", base+"/control/records/osv/GHSA-aaaa-bbbb-cccc", ""); err != nil || answer.StatusCode != 204 {
		t.Fatal(answer, body, err)
	}
	if _, body, err := ask(t, "GET", base+"/osv/npm/GHSA-aaaa-bbbb-cccc.json", ""); err != nil || !strings.Contains(body, `"withdrawn":"2026-11-25T12:00:00.000000Z"`) {
		t.Errorf("%s %v", body, err)
	}
}

func TestWindow(t *testing.T) {
	l := window{length: 30 * time.Second}
	for i, want := range []bool{true, true, false} {
		if _, _, ok := l.take("k", 2, noon.Add(time.Duration(i)*time.Second)); ok != want {
			t.Errorf("request %d: %t", i, ok)
		}
	}
	if _, _, ok := l.take("other", 2, noon); !ok {
		t.Error("a caller pays for another")
	}
	if left, reset, ok := l.take("k", 2, noon.Add(30*time.Second)); !ok || left != 0 || !reset.Equal(noon.Add(31*time.Second)) {
		t.Errorf("%d left until %v, %t", left, reset, ok)
	}
}

func TestOTXAsksForAKeyAndKeepsItsLimit(t *testing.T) {
	s, base := serve(t, Config{Keys: map[string]string{"otx": "right"}, Limits: true})
	opened, err := s.services["otx"]()
	if err != nil {
		t.Fatal(err)
	}
	opened.(*otx).perHour = 2
	url := base + "/otx/api/v1/pulses/activity"
	for _, c := range []struct {
		key  string
		want int
	}{{"wrong", 403}, {"right", 200}, {"right", 200}, {"right", 429}} {
		answer, body, err := ask(t, "GET", url, "", "X-OTX-API-KEY", c.key)
		if err != nil || answer.StatusCode != c.want || c.want == 429 && answer.Header.Get("Retry-After") != "3600" {
			t.Errorf("%s: %v %s %v", c.key, answer, body, err)
		}
	}
}

func TestTheCVEListKeepsItsLog(t *testing.T) {
	s, base := serve(t, Config{})
	record := `{"cveMetadata":{"cveId":"CVE-2099-12345","state":"PUBLISHED"},"containers":{"cna":{}}}`
	if err := s.Put("cve", "CVE-2099-12345", []byte(record)); err != nil {
		t.Fatal(err)
	}
	if err := s.Withdraw("cve", "CVE-2099-12345"); err != nil {
		t.Fatal(err)
	}
	_, log, err := ask(t, "GET", base+"/cve/main/cves/deltaLog.json", "")
	if err != nil || strings.Count(log, `"numberOfChanges":1`) != 2 || !strings.Contains(log, "cves/2099/12xxx/CVE-2099-12345.json") {
		t.Errorf("%s %v", log, err)
	}
	_, body, err := ask(t, "GET", base+"/cve/main/cves/2099/12xxx/CVE-2099-12345.json", "")
	if err != nil || !strings.Contains(body, `"REJECTED"`) || !strings.Contains(body, "rejectedReasons") {
		t.Errorf("%s %v", body, err)
	}
}
