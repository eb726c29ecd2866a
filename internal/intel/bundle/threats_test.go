package bundle_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/intel/bundle"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/otx"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

// newInstanceAt has its clock at a fixed time: which reports are kept depends on it.
func newInstanceAt(t testing.TB, at time.Time) *instance {
	t.Helper()
	i := newInstance(t)
	i.store = i.store.At(func() time.Time { return at })
	return i
}

func (i *instance) write(reports ...intel.Report) {
	i.t.Helper()
	var incoming []intel.IncomingReport
	for _, r := range reports {
		incoming = append(incoming, intel.IncomingReport{Path: r.ID, Report: r})
	}
	err := pgx.BeginFunc(i.t.Context(), i.pool, func(tx pgx.Tx) error {
		done, err := i.store.WriteReports(i.t.Context(), tx, "otx", incoming, i.store.Rules(), i.store.Now())
		if len(done.Refused) > 0 {
			i.t.Errorf("refused: %v", done.Refused)
		}
		return err
	})
	if err != nil {
		i.t.Fatal(err)
	}
}

func (i *instance) decide(list ...intel.SSVC) {
	i.t.Helper()
	err := pgx.BeginFunc(i.t.Context(), i.pool, func(tx pgx.Tx) error {
		_, err := i.store.WriteSSVC(i.t.Context(), tx, list)
		return err
	})
	if err != nil {
		i.t.Fatal(err)
	}
}

// kept lists the reports as they are held: "a full touches 2 0", with the numbers of indicators and fingerprints.
func (i *instance) kept() []string {
	i.t.Helper()
	return i.rows(`
		select concat_ws(' ', report_id, kept, case when touches then 'touches' end, case when partial then 'partial' end,
			(select count(*) from indicators n where n.report_id = r.id), cardinality(trace_keys))
		from threat_reports r order by report_id collate "C"`)
}

func wave(id string, daysOld int, change ...func(*intel.Report)) intel.Report {
	r := intel.Report{
		ID: id, Name: "wave " + id, Author: "someone", TLP: "green", Modified: noon.AddDate(0, 0, -daysOld), Created: noon.AddDate(0, -6, 0),
		Indicators: []intel.Indicator{
			{Type: "IPv4", Value: "203.0.113.7", Active: true, Expires: noon.AddDate(0, 1, 0)},
			{Type: "domain", Value: id + ".example", Role: "command_and_control"},
		},
	}
	for _, c := range change {
		c(&r)
	}
	return r
}

func ofInterest(r *intel.Report) { r.AttackIDs = []string{"T1190"} }

func TestThreatsThereAndBack(t *testing.T) {
	t.Parallel()
	a := newInstanceAt(t, noon)
	a.loadSamples()
	a.decide(intel.SSVC{CVE: "CVE-2099-0002", Exploitation: "poc", Automatable: "yes", TechnicalImpact: "total", Decided: noon.AddDate(0, 0, -3)},
		intel.SSVC{CVE: "CVE-2099-0010", Exploitation: "none"})
	a.write(
		wave("full", 1, ofInterest), wave("Header", 2), wave("naming", 3, func(r *intel.Report) { r.Description = "CVE-2099-0002 <&>" }),
		wave("cut", 4, ofInterest, func(r *intel.Report) { r.Partial = true }),
		wave("all", 5, ofInterest, func(r *intel.Report) {
			r.Adversary, r.Tags, r.MalwareFamilies = "FIN99", []string{"b", "a"}, []string{"RAT"}
			r.Industries, r.Countries, r.References = []string{"Energy"}, []string{"Germany"}, []string{"https://blog.example/wave"}
			r.TLP, r.CVEs, r.Created = "amber", []string{"CVE-2099-0001"}, time.Time{}
			r.Indicators = append(r.Indicators, intel.Indicator{Type: "CVE", Value: "cve-2099-0003"})
		}),
		wave("empty", 6, func(r *intel.Report) { r.Indicators = nil }),
	)
	thereAndBack(t, a)
	_, m := a.export(nil)
	at := slices.IndexFunc(m.Sections, func(c bundle.Contents) bool { return c.Name == "reports" })
	if at < 0 || string(m.Sections[at].Meta) != `{"headers":3}` || m.Sections[at].Required || m.Sections[at].Records != 6 ||
		!m.Sections[at].Newest.Equal(noon.AddDate(0, 0, -1)) {
		t.Errorf("%+v", m.Sections)
	}
}

func TestSharedReportsThereAndBack(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob(filepath.Join(testkit.SharedData(t, "otx"), "subscribed-page-*.json"))
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}
	var reports []intel.Report
	for _, name := range pages {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var page struct{ Results []json.RawMessage }
		if err := json.Unmarshal(raw, &page); err != nil {
			t.Fatal(err)
		}
		for _, one := range page.Results {
			r, _, err := otx.Parse(one)
			if err != nil {
				t.Fatal(err)
			}
			reports = append(reports, r)
		}
	}
	newest := slices.MaxFunc(reports, func(a, b intel.Report) int { return a.Modified.Compare(b.Modified) }).Modified
	a := newInstanceAt(t, newest.AddDate(0, 0, 1))
	a.write(reports...)
	full, headers := 0, 0
	for _, line := range a.kept() {
		if strings.Contains(line, " full ") {
			full++
		} else {
			headers++
		}
	}
	if full == 0 || headers == 0 {
		t.Errorf("of %d reports %d are held in full and %d as headers", len(reports), full, headers)
	}
	thereAndBack(t, a)
}

func TestAHeaderTouchesByItsFingerprintsAndIsFilledLater(t *testing.T) {
	t.Parallel()
	a, b := newInstanceAt(t, noon), newInstanceAt(t, noon)
	b.exec(`insert into components (identity, name, version) values (md5('x')::uuid, 'x', '1')`)
	host, _ := ident.HostTrace("w.example")
	b.exec(`insert into component_traces (component_id, key, kind) select id, $1, 'host' from components`, host.Key())
	a.write(wave("w", 1), wave("other", 1))
	lean, _ := a.export(nil)
	b.mustTake(lean)
	if diff := cmp.Diff([]string{"other header partial 0 2", "w header touches partial 0 2"}, b.kept()); diff != "" {
		t.Error(diff)
	}
	// The other side comes to hold it in full.
	a.exec(`insert into components (identity, name, version) values (md5('x')::uuid, 'x', '1')`)
	a.exec(`insert into component_traces (component_id, key, kind) select id, $1, 'host' from components`, host.Key())
	a.write(wave("w", 1))
	rich, _ := a.export(nil)
	b.mustTake(rich)
	want := []string{"other header partial 0 2", "w full touches 2 0"}
	if diff := cmp.Diff(want, b.kept()); diff != "" {
		t.Error(diff)
	}
	// A bundle of the same state without its indicators takes none away.
	b.mustTake(lean)
	if diff := cmp.Diff(want, b.kept()); diff != "" {
		t.Error(diff)
	}
}

func TestReportsThatABundleNoLongerHolds(t *testing.T) {
	t.Parallel()
	b := newInstanceAt(t, noon)
	bundleOf := func(from, to, day int) []byte {
		a := newInstanceAt(t, noon)
		a.decide(intel.SSVC{CVE: "CVE-2099-0001", Exploitation: "poc", Decided: noon.AddDate(0, 0, -day)})
		var list []intel.Report
		for n := from; n < to; n++ {
			list = append(list, wave(fmt.Sprintf("w-%04d", n), day, ofInterest))
		}
		a.write(list...)
		raw, _ := a.export(nil)
		return raw
	}
	held := func(want int) {
		t.Helper()
		if got := len(b.kept()); got != want {
			t.Errorf("%d reports are held, want %d", got, want)
		}
	}
	b.mustTake(bundleOf(0, 300, 9))
	if r := b.mustTake(bundleOf(0, 290, 8)).runs["otx"]; r.Withdrawn != 10 {
		t.Errorf("%+v", r.Counts)
	}
	held(290)
	older := bundleOf(0, 200, 10)
	if got, err := b.take(older, bundle.ImportOptions{}); err != nil || len(got.warnings) != 2 || !strings.Contains(strings.Join(got.warnings, " "), "reports of otx ends") {
		t.Errorf("an older one: %v, %v", err, got.warnings)
	}
	if got := b.rows(`select decided::date::text from ssvc`); len(got) != 1 || got[0] != "2026-11-17" {
		t.Errorf("decided %v", got)
	}
	held(290)
	if _, err := b.take(older, bundle.ImportOptions{RefuseOlder: true}); err == nil {
		t.Error("the older one was not refused")
	}
	few := bundleOf(0, 200, 7)
	if _, err := b.take(few, bundle.ImportOptions{}); !errors.Is(err, intel.ErrAsks) {
		t.Errorf("a third is gone: %v", err)
	}
	held(290)
	if _, err := b.take(few, bundle.ImportOptions{AcceptWithdrawals: true}); err != nil {
		t.Error(err)
	}
	held(200)
}

// What strangers write neither keeps a bundle from being made nor from being taken.
func TestAReportLargerThanARecordMayBe(t *testing.T) {
	t.Parallel()
	a, b := newInstanceAt(t, noon), newInstanceAt(t, noon)
	long := strings.Repeat("\x01[", 900)
	a.write(wave("huge", 1, ofInterest, func(r *intel.Report) {
		r.AttackIDs, r.Indicators = append(r.AttackIDs, "T"+long), nil
		for n := range 2000 {
			r.Indicators = append(r.Indicators, intel.Indicator{Type: "URL", Value: fmt.Sprintf("https://%04d.example/%s", n, long+long+long)})
		}
		for n := range 500 {
			r.Tags = append(r.Tags, fmt.Sprint(n, long))
			r.References = append(r.References, fmt.Sprint(n, long))
		}
	}), wave("next", 1, ofInterest))
	raw, _ := a.export(nil)
	b.mustTake(raw)
	got := b.kept()
	if len(got) != 2 || !strings.HasPrefix(got[0], "huge full touches partial ") || got[1] != "next full touches 2 0" {
		t.Errorf("%v", got)
	}
	if n := b.rows(`select count(*)::text from indicators where type = 'URL'`)[0]; n == "0" || n == "2000" {
		t.Errorf("%s indicators", n)
	}
}

func TestThreatRecordsThatAreRefused(t *testing.T) {
	t.Parallel()
	reports, ssvc := `{"name":"reports","feed":"otx"}`, `{"name":"ssvc","feed":"cve"}`
	for _, c := range []struct{ section, data string }{
		{reports, `{"name":"n"}`},
		{reports, `{"id":"a"}`},
		{reports, `{"id":"b","name":"n"}` + "\n" + `{"id":"a","name":"n"}`},
		{reports, `{"id":"a","name":"n"}` + "\n" + `{"id":"a","name":"n"}`},
		{reports, `{"id":"a","name":"n","header":{},"indicators":[{"type":"URL","value":"x"}]}`},
		{reports, `{"id":"a","name":"n","header":{"traces":["x"]}}`},
		{ssvc, `{"cve":"GHSA-1","exploitation":"poc"}`},
		{ssvc, `{"cve":"CVE-2099-0001"}`},
		{ssvc, `{"cve":"CVE-2099-0002","exploitation":"poc"}` + "\n" + `{"cve":"CVE-2099-0001","exploitation":"poc"}`},
	} {
		if _, err := read(whole(t, c.section, c.data+"\n"), bundle.Trust{AllowUnsigned: true}); err == nil || !strings.Contains(err.Error(), "cannot be read") {
			t.Errorf("%s: %v", c.data, err)
		}
	}
}
