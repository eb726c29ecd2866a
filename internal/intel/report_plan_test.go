package intel_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

// planNode is one step of a plan as PostgreSQL writes it.
type planNode struct {
	Type     string  `json:"Node Type"`
	Relation string  `json:"Relation Name"`
	Index    string  `json:"Index Name"`
	Rows     float64 `json:"Actual Rows"`
	Loops    float64 `json:"Actual Loops"`
	Removed  float64 `json:"Rows Removed by Filter"`
	Plans    []planNode
}

// read is how many rows of tables and index entries a plan looked at.
func (n planNode) read() float64 {
	sum := 0.0
	if n.Relation != "" || n.Type == "Bitmap Index Scan" {
		sum = (n.Rows + n.Removed) * n.Loops
	}
	for _, p := range n.Plans {
		sum += p.read()
	}
	return sum
}

// readPlanner runs every query and keeps how many rows each read.
type readPlanner struct {
	pg.DB
	t    *testing.T
	read []float64
}

func (p *readPlanner) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	var explained []struct{ Plan planNode }
	if err := p.DB.QueryRow(ctx, "explain (analyze, costs off, timing off, summary off, format json) "+sql, args...).Scan(&explained); err != nil {
		p.t.Fatal(err)
	}
	p.read = append(p.read, explained[0].Plan.read())
	return p.DB.Query(ctx, sql, args...)
}

// manyReports lays 40,000 reports, of which one in forty touches us; 80,000 CVEs named; 100,000 indicators and 40,000 traces of
// 10,000 components, 5,000 of which are matched.
const manyReports = `
	insert into components (identity, name, version) select gen_random_uuid(), 'c' || n, '1' from generate_series(1, 10000) n;
	insert into component_traces (component_id, key, kind) select 1 + n % 10000, n, 'host' from generate_series(1, 40000) n;
	insert into vulnerabilities (name, severity) select 'CVE-2099-' || lpad(n::text, 5, '0'), 'high' from generate_series(1, 20000) n;
	insert into advisories (feed, advisory_id, source, content_hash) select 'nvd', 'CVE-2099-' || lpad(n::text, 5, '0'), 'NVD', '' from generate_series(1, 20000) n;
	insert into advisory_vulnerabilities (advisory_id, vulnerability_id) select a.id, v.id from advisories a join vulnerabilities v on v.name = a.advisory_id;
	insert into matches (component_id, advisory_id, confidence, evidence, matcher_version) select n, n, 'confirmed', '{}', 1 from generate_series(1, 5000) n;
	insert into threat_reports (feed, report_id, name, words, adversary, attack_ids, content_hash, kept, touches, stood_at, first_seen, touched_at, trace_keys)
	select 'otx', n::text, 'wave ' || n, 'wave ' || n || case when n % 400 = 0 then ' widgetrat' else '' end, 'FIN' || n % 300,
		array['T' || 1000 + n % 200 || '.001'], '', case when n % 40 = 0 then 'full' else 'header' end, n % 40 = 0,
		now() - n * interval '5 minutes', now(), now(),
		case when n % 40 = 0 then '{}' else array[n + 1000000, n + 2000000] end::bigint[]
	from generate_series(1, 40000) n;
	insert into report_vulnerabilities (report_id, cve)
	select n, 'CVE-2099-' || lpad((1 + (n * 7 + m * 31) % 20000)::text, 5, '0') from generate_series(1, 40000) n, generate_series(1, 2) m on conflict do nothing;
	insert into indicators (report_id, type, value, key)
	select n * 40, case when m % 2 = 0 then 'IPv4' else 'domain' end, 'v' || m, n * 1000 + m + 5000000 from generate_series(1, 1000) n, generate_series(1, 100) m;
	analyze`

func TestNoListOfReportsReadsThemAll(t *testing.T) {
	t.Parallel()
	pool := testkit.DB(t)
	if _, err := pool.Exec(t.Context(), manyReports); err != nil {
		t.Fatal(err)
	}
	ask := func(what string, most float64, do func(s *intel.Store) error) {
		t.Helper()
		p := &readPlanner{DB: pool, t: t}
		if err := do(intel.NewStore(p, nil)); err != nil {
			t.Fatal(err)
		}
		for _, read := range p.read {
			if read > most {
				t.Errorf("%s reads %.0f rows, want at most %.0f", what, read, most)
			}
		}
		if len(p.read) == 0 {
			t.Errorf("%s asked nothing", what)
		}
	}
	for _, filter := range []intel.ReportFilter{
		{}, {Touches: true}, {Query: "widgetrat"}, {Adversary: "fin7"}, {Technique: "T1007"}, {Technique: "T1007.001"}, {CVE: "CVE-2099-00777"},
		{CVE: "CVE-2099-99999"}, {Touches: true, CVE: "CVE-2099-00777"}, {Touches: true, Query: "widgetrat"},
	} {
		most := 5000.0
		if filter.Technique != "" {
			most = 15_000 // one report in 200 shows it: walking the newest until a page is full is as good as any way
		}
		ask(fmt.Sprintf("list %+v", filter), most, func(s *intel.Store) error {
			page, err := s.Reports(t.Context(), filter, "", 50)
			if err != nil || page.Next == "" {
				return err
			}
			_, err = s.Reports(t.Context(), filter, page.Next, 50)
			return err
		})
	}
	ask("page", 1000, func(s *intel.Store) error {
		_, err := s.Report(t.Context(), 400, intel.ReportRules{})
		return err
	})
	ask("indicators", 200, func(s *intel.Store) error {
		_, err := s.Indicators(t.Context(), 400, "IPv4", "", 50)
		return err
	})
	ask("search", 1000, func(s *intel.Store) error {
		_, err := s.FindIndicator(t.Context(), "evil.example")
		return err
	})
	key := ident.Trace{Kind: ident.TraceHost, Text: "evil.example"}.Key()
	if _, err := pool.Exec(t.Context(), `update threat_reports set trace_keys = array[$1::bigint] where id = 39999`, key); err != nil {
		t.Fatal(err)
	}
	hits, err := intel.NewStore(pool, nil).FindIndicator(t.Context(), "evil.example")
	if err != nil || len(hits.Reports) != 1 {
		t.Errorf("%+v %v", hits, err)
	}
}
