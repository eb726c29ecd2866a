package intel_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

var today = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func daysAgo(n int) time.Time { return today.AddDate(0, 0, -n) }

// pulse is a report with an address and a hash that nobody else names.
func pulse(id string, change ...func(*intel.Report)) intel.Report {
	r := intel.Report{
		ID: id, Name: "wave " + id, Author: "someone", TLP: "green", Modified: daysAgo(1), Created: daysAgo(2),
		Indicators: []intel.Indicator{
			{Type: "IPv4", Value: "203.0.113.7", Active: true},
			{Type: "domain", Value: id + ".example", Active: true, Role: "command_and_control"},
		},
	}
	for _, c := range change {
		c(&r)
	}
	return r
}

func naming(cves ...string) func(*intel.Report) {
	return func(r *intel.Report) { r.CVEs = append(r.CVEs, cves...) }
}

func stood(at time.Time) func(*intel.Report) {
	return func(r *intel.Report) { r.Modified = at }
}

func (b *bench) write(rules intel.ReportRules, reports ...intel.Report) intel.WrittenReports {
	b.t.Helper()
	incoming := make([]intel.IncomingReport, len(reports))
	for i, r := range reports {
		incoming[i] = intel.IncomingReport{Path: fmt.Sprintf("page 1, report %d", i), Report: r}
	}
	var done intel.WrittenReports
	err := pgx.BeginFunc(b.t.Context(), b.pool, func(tx pgx.Tx) (err error) {
		done, err = b.store.WriteReports(b.t.Context(), tx, "otx", incoming, rules, today)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return done
}

// hold makes a component of ours that the advisory's vulnerability reaches.
func (b *bench) hold(advisory string) {
	b.t.Helper()
	b.exec(`insert into components (identity, name, version) values (md5('djx')::uuid, 'djx', '4.0.0') on conflict do nothing`)
	b.exec(`insert into matches (component_id, advisory_id, confidence, evidence, matcher_version)
		select c.id, a.id, 'confirmed', '{}', 1 from components c, advisories a where c.name = 'djx' and a.advisory_id = $1`, advisory)
}

// name makes a component whose document names this.
func (b *bench) name(component, value string) {
	b.t.Helper()
	b.exec(`insert into components (identity, name, version) values (md5($1)::uuid, $1, '1') on conflict do nothing`, component)
	for _, t := range ident.TracesOf(value) {
		if t.Kind != ident.TraceOther {
			b.exec(`insert into component_traces (component_id, key, kind) select id, $2, $3 from components where name = $1`,
				component, t.Key(), string(t.Kind))
		}
	}
}

func (b *bench) exec(sql string, args ...any) {
	b.t.Helper()
	if _, err := b.pool.Exec(b.t.Context(), sql, args...); err != nil {
		b.t.Fatal(err)
	}
}

// kept lists every report as it is held: "a full touches 2".
func (b *bench) kept() []string {
	return b.list(`
		select concat_ws(' ', r.report_id, r.kept, case when r.touches then 'touches' end,
			(select count(*) from indicators i where i.report_id = r.id), cardinality(r.trace_keys))
		from threat_reports r order by 1`)
}

// reportRows is every row of a report, with the transaction that wrote it.
func (b *bench) reportRows() []string {
	return b.list(`
		select 'r' || xmin::text || ctid::text from threat_reports union all select 'i' || xmin::text || ctid::text from indicators
		union all select 'c' || xmin::text || ctid::text from report_vulnerabilities order by 1`)
}

func TestAReportIsKeptByWhatItTouches(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.load(djx("GHSA-A", "CVE-2099-0001"), djx("GHSA-B", "CVE-2099-0002"))
	b.hold("GHSA-A")
	b.name("left-pad", "https://dl.evil.example/left.tgz")
	done := b.write(intel.ReportRules{},
		pulse("cve", naming("cve-2099-0001")),
		pulse("known-only", naming("CVE-2099-0002")),
		pulse("technique", func(r *intel.Report) { r.AttackIDs = []string{"t1195.002"} }),
		pulse("other-technique", func(r *intel.Report) { r.AttackIDs = []string{"T1566"} }),
		pulse("component", func(r *intel.Report) {
			r.Indicators[0] = intel.Indicator{Type: "URL", Value: "hxxp://DL.evil[.]example/left.tgz"}
		}),
		pulse("nothing"),
		pulse("old", stood(daysAgo(91))),
		pulse("old-and-ours", stood(daysAgo(400)), naming("CVE-2099-0001")),
	)
	if done.Added != 7 || done.Headers != 3 || done.Skipped != 1 || done.Changed+done.Unchanged+len(done.Refused) != 0 {
		t.Errorf("%+v", done)
	}
	b.expect("kept", []string{
		"component full touches 2 0", "cve full touches 2 0", "known-only header 0 2", "nothing header 0 2",
		"old-and-ours full touches 2 0", "other-technique header 0 2", "technique full touches 2 0",
	}, b.kept())
}

func TestTheSameReportsWriteNoRow(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.load(djx("GHSA-A", "CVE-2099-0001"))
	b.hold("GHSA-A")
	reports := []intel.Report{pulse("a", naming("CVE-2099-0001")), pulse("b"), pulse("c")}
	b.write(intel.ReportRules{}, reports...)
	if _, err := b.store.RefreshTouches(t.Context(), intel.ReportRules{}); err != nil {
		t.Fatal(err)
	}
	before := b.reportRows()
	slices.Reverse(reports[0].Indicators) // another order of the same set
	slices.Reverse(reports)
	done := b.write(intel.ReportRules{}, reports...)
	if done.Unchanged != 3 || done.Added+done.Changed+done.Skipped != 0 {
		t.Errorf("%+v", done)
	}
	if n, err := b.store.RefreshTouches(t.Context(), intel.ReportRules{}); err != nil || n != 0 {
		t.Errorf("refreshed %d: %v", n, err)
	}
	b.expect("rows", before, b.reportRows())

	done = b.write(intel.ReportRules{}, pulse("b", stood(today)), pulse("a", stood(daysAgo(3)), func(r *intel.Report) { r.Name = "older words" }),
		pulse("c", func(r *intel.Report) { r.Partial, r.Indicators = true, r.Indicators[:1] }))
	if done.Unchanged != 1 || done.Skipped != 2 || done.Changed+done.Added != 0 {
		t.Errorf("touched, older, and less of the same: %+v", done)
	}
	b.expect("only the time moved", []string{"a 2026-11-24", "b 2026-11-25", "c 2026-11-24"},
		b.list(`select report_id || ' ' || modified::date from threat_reports order by 1`))
}

func TestAHeaderIsFetchedOnceItTouchesUs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	reports := []intel.Report{pulse("cve", naming("CVE-2099-0001")), pulse("host"), pulse("nothing")}
	b.write(intel.ReportRules{}, reports...)
	wanted := func(at time.Time) []string {
		t.Helper()
		if _, err := b.store.RefreshTouches(t.Context(), intel.ReportRules{}); err != nil {
			t.Fatal(err)
		}
		ids, err := b.store.WantedReports(t.Context(), "otx", 10, at)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(ids)
		return ids
	}
	b.expect("nothing is held", []string{}, wanted(today))
	b.load(djx("GHSA-A", "CVE-2099-0001"))
	b.hold("GHSA-A")
	b.name("left-pad", "host.example")
	b.expect("asked for", []string{"cve", "host"}, wanted(today))
	b.expect("not at once again", []string{}, wanted(today.Add(time.Hour)))
	b.expect("but after a day", []string{"cve", "host"}, wanted(today.Add(25*time.Hour)))
	if done := b.write(intel.ReportRules{}, reports...); done.Changed != 2 || done.Unchanged != 1 {
		t.Errorf("%+v", done)
	}
	b.expect("nothing is wanted any more", []string{}, wanted(today.Add(99*time.Hour)))
	b.expect("kept", []string{"cve full touches 2 0", "host full touches 2 0", "nothing header 0 2"}, b.kept())
}

func TestTrimReducesAndDrops(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.load(djx("GHSA-A", "CVE-2099-0001"))
	b.hold("GHSA-A")
	reports := []intel.Report{pulse("a", naming("CVE-2099-0001"), stood(daysAgo(80))), pulse("b", stood(daysAgo(80))), pulse("c")}
	for n := range 1100 { // more than two batches
		reports = append(reports, pulse(fmt.Sprintf("z%d", n), stood(daysAgo(80)), naming("CVE-2099-0001")))
	}
	b.write(intel.ReportRules{}, reports...)
	b.exec(`delete from report_vulnerabilities n using threat_reports r where r.id = n.report_id and r.report_id like 'z%'`)
	trim := func(rules intel.ReportRules) intel.TrimmedReports {
		t.Helper()
		done, err := b.store.TrimReports(t.Context(), rules, today)
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	if done := trim(intel.ReportRules{}); done != (intel.TrimmedReports{Reduced: 1100}) {
		t.Errorf("%+v", done)
	}
	b.expect("fingerprints are left", []string{"1100"},
		b.list(`select count(*)::text from threat_reports where kept = 'header' and report_id like 'z%' and cardinality(trace_keys) = 2`))
	if done := trim(intel.ReportRules{HeaderDays: 60}); done != (intel.TrimmedReports{Dropped: 1101}) {
		t.Errorf("%+v", done)
	}
	b.expect("kept", []string{"a full touches 2 0", "c header 0 2"}, b.kept())
	if done := trim(intel.ReportRules{HeaderDays: 60}); done != (intel.TrimmedReports{}) {
		t.Errorf("again: %+v", done)
	}
}

func TestReportsAreLinkedByReferences(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	document := func(id, cve, url string) string {
		return strings.Replace(djx(id, cve), `"affected"`, `"references":[{"type":"WEB","url":"`+url+`"}],"affected"`, 1)
	}
	b.load(document("GHSA-A", "CVE-2099-0001", "https://vendor.example/sa/1"), document("GHSA-aaaa-bbbb-cccc", "CVE-2099-0002", "https://vendor.example/"),
		document("GHSA-C", "CVE-2099-0003", "https://elsewhere.example/3"))
	for n := range 25 { // a page that everyone refers to
		b.load(document(fmt.Sprintf("GHSA-M%d", n), fmt.Sprintf("CVE-2099-1%03d", n), "https://vendor.example/catalogue"))
		b.hold(fmt.Sprintf("GHSA-M%d", n))
	}
	b.hold("GHSA-A")
	report := pulse("a", func(r *intel.Report) {
		r.References = []string{"https://Vendor.example/sa/1/", "https://vendor.example", "https://vendor.example/catalogue",
			"https://github.com/advisories/GHSA-aaaa-bbbb-cccc", "https://nvd.nist.gov/vuln/detail/CVE-2099-0009", "https://elsewhere.example/3"}
	})
	b.write(intel.ReportRules{}, report)
	refresh := func() {
		t.Helper()
		if _, err := b.store.RefreshTouches(t.Context(), intel.ReportRules{}); err != nil {
			t.Fatal(err)
		}
	}
	refresh()
	links := func() []string { return b.list(`select cve || ' ' || link from report_vulnerabilities order by 1`) }
	b.expect("links", []string{"CVE-2099-0001 reference", "CVE-2099-0002 reference", "CVE-2099-0009 named"}, links())
	b.write(intel.ReportRules{}, report)
	refresh()
	b.expect("fetched in full, though it touches us by a reference alone", []string{"a full touches 2 0"}, b.kept())
	b.expect("links as before", []string{"CVE-2099-0001 reference", "CVE-2099-0002 reference", "CVE-2099-0009 named"}, links())
	b.exec(`delete from matches where advisory_id = (select id from advisories where advisory_id = 'GHSA-A')`)
	refresh()
	b.expect("nothing is held of it any more", []string{"CVE-2099-0002 reference", "CVE-2099-0009 named"}, links())
}

func TestReportsOfStrangersAreCleaned(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var done intel.WrittenReports
	err := pgx.BeginFunc(t.Context(), b.pool, func(tx pgx.Tx) (err error) {
		done, err = b.store.WriteReports(t.Context(), tx, "otx", []intel.IncomingReport{
			{Path: "1", Refused: errors.New("no JSON")},
			{Path: "2", Report: intel.Report{Name: "no id"}},
			{Path: "3", Report: intel.Report{ID: "no name", Name: " \x00 "}},
			{Path: "4", Report: pulse("a", func(r *intel.Report) {
				r.Name, r.TLP = "n\x00ame \xff"+strings.Repeat("ü", 2000), "TLP:AMBER"
				r.Tags = []string{"x", "x", "", "cve-2099-0001 exploited"}
				r.Description, r.CVEs = "see CVE-2099-0002 and CVE-1", []string{"CVE-2099-0003", "rubbish", "CVE-2099-" + strings.Repeat("1", 4000)}
				r.Indicators = []intel.Indicator{
					{Type: "CVE", Value: "cve-2099-0004"}, {Type: "IPv4", Value: "\x00"}, {Type: "FileHash-MD5", Value: "not a hash"},
					{Type: "YARA", Value: strings.Repeat("y", 1<<20)}, {Type: "domain", Value: "a.example"}, {Type: "domain", Value: "a.example", Active: true},
				}
			})},
		}, intel.ReportRules{Techniques: []string{}}, today)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if done.Added != 1 || len(done.Refused) != 3 || done.Refused[1].Path != "2" {
		t.Errorf("%+v", done)
	}
	b.expect("CVEs", []string{"CVE-2099-0001", "CVE-2099-0002", "CVE-2099-0003", "CVE-2099-0004"}, b.list(`select cve from report_vulnerabilities order by 1`))
	b.expect("the rest", []string{"amber|{\"cve-2099-0001 exploited\",x}|4|t"},
		b.list(`select concat_ws('|', tlp, tags::text, cardinality(trace_keys), length(name) between 500 and 1000) from threat_reports`))
	if intel.MayShare("amber") || intel.MayShare("red") || intel.MayShare("amber+strict") || !intel.MayShare("green") || !intel.MayShare("white") {
		t.Error("what may be shared")
	}
}

// shown is everything that people see of the reports and of two vulnerabilities, without the store's own numbers.
func (b *bench) shown() any {
	b.t.Helper()
	list, err := b.store.Reports(b.t.Context(), intel.ReportFilter{}, "", 50)
	if err != nil {
		b.t.Fatal(err)
	}
	type seen struct {
		Page       intel.ReportPage
		Indicators []intel.HeldIndicator
	}
	var out []any
	for _, brief := range list.Items {
		page, err := b.store.Report(b.t.Context(), brief.Row, intel.ReportRules{})
		if err != nil {
			b.t.Fatal(err)
		}
		indicators, err := b.store.Indicators(b.t.Context(), brief.Row, "", "", 100)
		if err != nil {
			b.t.Fatal(err)
		}
		page.Row, page.FirstSeen, page.AskedInFullAt = 0, time.Time{}, nil
		for i := range indicators.Items {
			indicators.Items[i].Row = 0
		}
		out = append(out, seen{page, indicators.Items})
	}
	for _, name := range []string{"CVE-2099-0001", "CVE-2099-0002"} {
		page, err := b.store.Vulnerability(b.t.Context(), name)
		if err != nil {
			b.t.Fatal(err)
		}
		page.ID = 0
		for i := range page.Advisories {
			page.Advisories[i].Row = 0
		}
		for i := range page.Reports {
			page.Reports[i].Row = 0
		}
		out = append(out, page)
	}
	return out
}

func TestWhatIsShownDoesNotDependOnOrder(t *testing.T) {
	t.Parallel()
	when := func(d string, day int) string {
		return strings.Replace(d, "2099-01-01", fmt.Sprintf("2099-01-%02d", day), 1)
	}
	steps := []func(*bench){
		func(b *bench) { b.load(djx("GHSA-A", "CVE-2099-0001")) },
		func(b *bench) { b.load(when(djx("PYSEC-A", "CVE-2099-0001"), 2)) },
		func(b *bench) { b.load(when(djx("PYSEC-A", "CVE-2099-0001", "OTHER-9"), 3)) },
		func(b *bench) { b.load(djx("GHSA-B", "CVE-2099-0002")) },
		func(b *bench) { b.write(intel.ReportRules{}, pulse("a", stood(daysAgo(9)), naming("CVE-2099-0002"))) },
		func(b *bench) {
			b.write(intel.ReportRules{}, pulse("a", stood(daysAgo(8)), naming("CVE-2099-0001"), func(r *intel.Report) {
				r.Adversary, r.Indicators = "FIN99", append(r.Indicators, intel.Indicator{Type: "URL", Value: "http://dl.evil.example/x"})
			}))
		},
		func(b *bench) { b.write(intel.ReportRules{}, pulse("b", stood(daysAgo(5)))) },
		func(b *bench) {
			b.ssvc(intel.SSVC{CVE: "CVE-2099-0001", Exploitation: "none", Automatable: "no", Decided: daysAgo(9)})
		},
		func(b *bench) {
			b.ssvc(intel.SSVC{CVE: "CVE-2099-0001", Exploitation: "active", Automatable: "yes", TechnicalImpact: "total", Decided: daysAgo(3)})
		},
	}
	run := func(order []int) any {
		b := newBench(t)
		b.name("left-pad", "http://dl.evil.example/x")
		for _, i := range order {
			steps[i](b)
		}
		// What the poller does at the end of a poll: match, refresh, fetch what is wanted.
		b.hold("GHSA-A")
		if _, err := b.store.RefreshTouches(t.Context(), intel.ReportRules{}); err != nil {
			t.Fatal(err)
		}
		steps[5](b)
		steps[6](b)
		if _, err := b.store.TrimReports(t.Context(), intel.ReportRules{}, today); err != nil {
			t.Fatal(err)
		}
		return b.shown()
	}
	want := run([]int{0, 1, 2, 3, 4, 5, 6, 7, 8})
	for _, order := range [][]int{{8, 7, 6, 5, 4, 3, 2, 1, 0}, {5, 0, 8, 2, 4, 1, 6, 3, 7}, {4, 5, 7, 8, 2, 1, 0, 3, 6}} {
		if diff := cmp.Diff(want, run(order), cmp.AllowUnexported(intel.AdvisoryStatement{})); diff != "" {
			t.Errorf("in the order %v (-forwards +this):\n%s", order, diff)
		}
	}
}

func (b *bench) ssvc(list ...intel.SSVC) (written int64) {
	b.t.Helper()
	err := pgx.BeginFunc(b.t.Context(), b.pool, func(tx pgx.Tx) (err error) {
		written, err = b.store.WriteSSVC(b.t.Context(), tx, list)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return written
}

func TestDecisionPointsAreWrittenOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	one := intel.SSVC{CVE: "CVE-2099-0001", Exploitation: "PoC", Automatable: "yes", TechnicalImpact: "total", Decided: daysAgo(3)}
	if n := b.ssvc(one, intel.SSVC{CVE: "rubbish", Exploitation: "active"}, intel.SSVC{CVE: "CVE-2099-0002", Exploitation: "very"}); n != 1 {
		t.Errorf("wrote %d", n)
	}
	if n := b.ssvc(one); n != 0 {
		t.Errorf("wrote %d the second time", n)
	}
	older := one
	older.Exploitation, older.Decided = "none", daysAgo(4)
	if n := b.ssvc(older); n != 0 {
		t.Errorf("wrote %d of an older decision", n)
	}
	newer := one
	newer.Exploitation, newer.Decided = "active", daysAgo(1)
	if n := b.ssvc(newer, older); n != 1 {
		t.Errorf("wrote %d of a newer decision", n)
	}
	b.expect("decided", []string{"CVE-2099-0001 active yes total"}, b.list(`select concat_ws(' ', cve, exploitation, automatable, technical_impact) from ssvc`))
}

func TestWritersOfReportsTakeTurns(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.load(djx("GHSA-A", "CVE-2099-0001"))
	b.hold("GHSA-A")
	incoming := make([]intel.IncomingReport, 40)
	for i := range incoming {
		incoming[i].Report = pulse(fmt.Sprint("p", i), naming("CVE-2099-0001"))
	}
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		mine := slices.Clone(incoming)
		if i%2 == 1 {
			slices.Reverse(mine)
		}
		wg.Go(func() {
			errs[i] = pgx.BeginFunc(context.Background(), b.pool, func(tx pgx.Tx) error {
				_, err := b.store.WriteReports(context.Background(), tx, "otx", mine, intel.ReportRules{}, today)
				if i == 3 && err == nil {
					return errors.New("killed")
				}
				return err
			})
		})
	}
	wg.Wait()
	if err := errors.Join(errs[:3]...); err != nil {
		t.Fatal(err)
	}
	b.expect("indicators", []string{"40 80 40"}, b.list(`select concat_ws(' ', (select count(*) from threat_reports), (select count(*) from indicators),
		(select count(*) from report_vulnerabilities))`))
	err := pgx.BeginFunc(t.Context(), b.pool, func(tx pgx.Tx) error {
		n, err := b.store.DropReports(t.Context(), tx, "otx", []string{"p1", "p2", "unknown"})
		if n != 2 {
			t.Errorf("dropped %d", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b.expect("indicators after", []string{"38 76 38"}, b.list(`select concat_ws(' ', (select count(*) from threat_reports), (select count(*) from indicators),
		(select count(*) from report_vulnerabilities))`))
}

func TestReportsAreFound(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.load(djx("GHSA-A", "CVE-2099-0001"))
	b.hold("GHSA-A")
	b.name("left-pad", "dl.evil.example")
	b.write(intel.ReportRules{},
		pulse("a", stood(daysAgo(1)), naming("CVE-2099-0001"), func(r *intel.Report) { r.Adversary, r.AttackIDs = "FIN99", []string{"T1566.001"} }),
		pulse("b", stood(daysAgo(2)), func(r *intel.Report) { r.MalwareFamilies, r.AttackIDs = []string{"Widget_RAT"}, []string{"T1566"} }),
		pulse("c", stood(daysAgo(3)), func(r *intel.Report) {
			r.Indicators = append(r.Indicators, intel.Indicator{Type: "hostname", Value: "DL.evil.example"})
		}),
		pulse("d", stood(daysAgo(3))),
	)
	for _, tc := range []struct {
		filter intel.ReportFilter
		want   []string
	}{
		{intel.ReportFilter{}, []string{"a", "b", "d", "c"}},
		{intel.ReportFilter{Touches: true}, []string{"a", "c"}},
		{intel.ReportFilter{Query: "widget_r"}, []string{"b"}},
		{intel.ReportFilter{Query: "widgetXr"}, nil},
		{intel.ReportFilter{Query: "%"}, nil},
		{intel.ReportFilter{Adversary: "fin99"}, []string{"a"}},
		{intel.ReportFilter{Technique: "t1566"}, []string{"a", "b"}},
		{intel.ReportFilter{Technique: "T1566.001"}, []string{"a"}},
		{intel.ReportFilter{CVE: "cve-2099-0001", Touches: true}, []string{"a"}},
	} {
		var got []string
		for cursor := ""; ; {
			page, err := b.store.Reports(t.Context(), tc.filter, cursor, 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Items {
				got = append(got, r.ID)
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%+v: %v, want %v", tc.filter, got, tc.want)
		}
	}
	for _, bad := range []func() error{
		func() error { _, err := b.store.Reports(t.Context(), intel.ReportFilter{}, "nonsense", 1); return err },
		func() error {
			_, err := b.store.Reports(t.Context(), intel.ReportFilter{Technique: "phishing"}, "", 1)
			return err
		},
		func() error { _, err := b.store.Indicators(t.Context(), 1, "", "nonsense", 1); return err },
	} {
		if err := bad(); problem.KindOf(err) != problem.Invalid {
			t.Errorf("%v", err)
		}
	}
	if _, err := b.store.Report(t.Context(), 99999, intel.ReportRules{}); problem.KindOf(err) != problem.NotFound {
		t.Errorf("%v", err)
	}
	hits, err := b.store.FindIndicator(t.Context(), "http://dl.evil[.]example/")
	if err != nil {
		t.Fatal(err)
	}
	if len(hits.Reports) != 1 || hits.Reports[0].ID != "c" || hits.Reports[0].Type != "hostname" || len(hits.Components) != 1 || hits.Components[0].Name != "left-pad" {
		t.Errorf("%+v", hits)
	}
	if hits, err = b.store.FindIndicator(t.Context(), "203.0.113.7"); err != nil || len(hits.Reports) != 4 || hits.Reports[1].Type != "" {
		t.Errorf("also headers, by their fingerprints: %+v %v", hits, err)
	}
	page, err := b.store.Report(t.Context(), hits.Reports[0].Row, intel.ReportRules{})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.CVEList) != 1 || !page.CVEList[0].Held || !page.CVEList[0].Known || page.IndicatorsBy["domain"] != 1 {
		t.Errorf("%+v", page)
	}
}
