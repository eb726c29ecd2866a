package intel

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// ReportBrief is what a list shows of a threat report.
type ReportBrief struct {
	Row             int64 // threat_reports.id
	Feed            string
	ID              string // the feed's
	Name            string
	Author          string
	Adversary       string
	TLP             string
	Tags            []string
	MalwareFamilies []string
	AttackIDs       []string
	StoodAt         time.Time // last change, as far as the report says
	Touches         bool
	Full            bool // its indicators are held
	Partial         bool
	Indicators      int // as the feed sent them
	CVEs            int // vulnerabilities that it leads to
	HeldCVEs        int // those that a component of ours matches
}

// ReportFilter narrows a list of reports. Zero values do not filter.
type ReportFilter struct {
	Touches   bool   // only those that touch what is held
	Query     string // part of name, adversary, malware family or tag
	Adversary string // whole, in any case
	Technique string // ATT&CK id; a technique stands for its sub-techniques too
	CVE       string // name of a vulnerability
}

// ReportList is one page. Next is empty on the last one.
type ReportList struct {
	Items []ReportBrief
	Next  string
}

// scan reads the columns of seen.brief and what follows them.
func (b *ReportBrief) scan(row pgx.CollectableRow, more ...any) error {
	return row.Scan(append([]any{
		&b.Row, &b.Feed, &b.ID, &b.Name, &b.Author, &b.Adversary, &b.TLP, &b.Tags, &b.MalwareFamilies, &b.AttackIDs,
		&b.StoodAt, &b.Touches, &b.Full, &b.Partial, &b.Indicators, &b.CVEs, &b.HeldCVEs,
	}, more...)...)
}

// Reports lists threat reports, the newest first.
func (s *Store) Reports(ctx context.Context, f ReportFilter, after string, limit int) (ReportList, error) {
	args := pgx.NamedArgs{"limit": limit + 1}
	visible := s.newSeen(ctx, args)
	where, err := f.where(args, visible)
	if err != nil {
		return ReportList{}, err
	}
	if after != "" {
		at, err := readReportCursor(after)
		if err != nil {
			return ReportList{}, err
		}
		where = append(where, "(r.stood_at, r.id) < (@stood_at, @after)")
		args["stood_at"], args["after"] = at.StoodAt, at.Row
	}
	rows, err := s.db.Query(ctx, `
		with page as materialized (
			select r.id from threat_reports r
			where `+strings.Join(append(where, "true"), " and ")+`
			order by r.stood_at desc, r.id desc
			limit @limit
		)
		select `+visible.brief()+`
		from page join threat_reports r on r.id = page.id
		order by r.stood_at desc, r.id desc`, args)
	if err != nil {
		return ReportList{}, fmt.Errorf("list threat reports: %w", pg.Problem(err))
	}
	var list ReportList
	list.Items, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (b ReportBrief, err error) {
		err = b.scan(row)
		return b, err
	})
	if err != nil {
		return ReportList{}, fmt.Errorf("list threat reports: %w", pg.Problem(err))
	}
	if len(list.Items) > limit {
		list.Items = list.Items[:limit]
		last := list.Items[limit-1]
		list.Next = reportCursor{last.StoodAt, last.Row}.String()
	}
	return list, nil
}

// maxSubTechniques is more than any technique of ATT&CK has.
const maxSubTechniques = 40

func (f ReportFilter) where(args pgx.NamedArgs, visible seen) ([]string, error) {
	var where []string
	if f.Touches {
		where = append(where, visible.touches())
	}
	if q := strings.ToLower(strings.TrimSpace(f.Query)); q != "" {
		// By the index of words first: by the planner's guess a rare word would be looked for from the newest report on.
		where = append(where, `r.id in (with named as materialized (
			select id from threat_reports where words like '%' || @words || '%') select id from named)`)
		args["words"] = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(q)
	}
	if a := strings.TrimSpace(f.Adversary); a != "" {
		where = append(where, "lower(r.adversary) = lower(@adversary) and r.adversary <> ''")
		args["adversary"] = a
	}
	if technique := strings.ToUpper(strings.TrimSpace(f.Technique)); technique != "" {
		if !strings.HasPrefix(technique, "T") {
			return nil, problem.New(problem.Invalid, "%.40q is no technique of ATT&CK", f.Technique).
				With(problem.Fault{Path: "query.technique", Code: "technique", Message: "give an id such as T1190 or T1566.001"})
		}
		ids := []string{technique}
		if !strings.Contains(technique, ".") {
			for n := 1; n <= maxSubTechniques; n++ {
				ids = append(ids, fmt.Sprintf("%s.%03d", technique, n))
			}
		}
		where = append(where, "r.attack_ids && @techniques::text[]")
		args["techniques"] = ids
	}
	if name := strings.TrimSpace(f.CVE); name != "" {
		if upper := strings.ToUpper(name); IsCVE(upper) {
			name = upper
		}
		// Without the fence the planner may walk all reports for the few that name it.
		where = append(where, "r.id in (select n.report_id from report_vulnerabilities n where n.cve = @cve and "+visible.leads("n")+" offset 0)")
		args["cve"] = name
	}
	return where, nil
}

// reportCursor is where a page ended.
type reportCursor struct {
	StoodAt time.Time
	Row     int64
}

func (c reportCursor) String() string {
	raw, _ := json.Marshal([]any{c.StoodAt.UTC(), c.Row})
	return base64.RawURLEncoding.EncodeToString(raw)
}

func readReportCursor(s string) (reportCursor, error) {
	var c reportCursor
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(raw, &[]any{&c.StoodAt, &c.Row})
	}
	if err != nil || c.Row < 1 {
		return c, badCursor(err)
	}
	return c, nil
}

func badCursor(err error) error {
	return problem.Wrap(problem.Invalid, err, "the cursor is not one that this list gave out").
		With(problem.Fault{Path: "query.cursor", Code: "cursor", Message: "start again without a cursor"})
}

// maxReportsShown bounds the reports beside a vulnerability or an indicator; the list pages through all.
const maxReportsShown = 50

// ReportsOf are the newest reports that lead to a vulnerability, by its name.
func (s *Store) ReportsOf(ctx context.Context, vulnerability string) ([]ReportBrief, error) {
	list, err := s.Reports(ctx, ReportFilter{CVE: vulnerability}, "", maxReportsShown)
	return list.Items, err
}
