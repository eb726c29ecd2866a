package intel

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

// What news is about. Of one instant they come in the reverse of this order.
const (
	NewsAdvisory = "advisory"
	NewsKEV      = "kev"
	NewsReport   = "report"
)

var newsKinds = []string{NewsAdvisory, NewsKEV, NewsReport}

// News is one thing that came in. Which fields are set depends on Kind.
type News struct {
	Kind string
	ID   int64 // of advisories, of threat_reports, or made of the CVE's numbers
	At   time.Time
	// Name of the vulnerability that an advisory or an entry of KEV speaks of, or of the report; empty for an advisory of none.
	Name     string
	Title    string // the advisory's summary, the entry's name
	Record   string // the advisory's own id
	Feed     string
	Severity string
	Score    *float64
	KEV      bool
	New      bool // an advisory that came at that time, and did not merely change
	Gone     bool // withdrawn
	Touches  bool
}

// NewsList is one page. Next is empty on the last one.
type NewsList struct {
	Items []News
	Next  string
}

// NewsFilter narrows the stream. Kind empty: all of them.
type NewsFilter struct {
	Touches bool
	Kind    string
}

// newsCursor is where a page ended.
type newsCursor struct {
	At   time.Time
	Kind string
	ID   int64
}

// News lists what came in, the newest first: advisories new and changed, entries of KEV by the day of CISA, threat reports. What
// touches the caller's products is told by what a component matches, for certain or possibly. Each kind is read by its own
// index up to one page and the pages are merged, so the cost does not grow with what is held.
func (s *Store) News(ctx context.Context, f NewsFilter, after string, limit int) (NewsList, error) {
	args := pgx.NamedArgs{"limit": limit + 1, "at": time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), "touching": f.Touches}
	var at newsCursor
	if after != "" {
		var err error
		if at, err = readNewsCursor(after); err != nil {
			return NewsList{}, err
		}
		args["at"] = at.At
	}
	for _, kind := range newsKinds {
		args["want_"+kind] = f.Kind == "" || f.Kind == kind
		// Kinds are read backwards at one instant: of one that comes later all are left, of an earlier one none.
		switch {
		case kind < at.Kind || after == "":
			args["after_"+kind] = int64(math.MaxInt64)
		case kind == at.Kind:
			args["after_"+kind] = at.ID
		default:
			args["after_"+kind] = int64(-1)
		}
	}
	v := s.newSeen(ctx, args)
	rows, err := s.db.Query(ctx, `
		with ours as materialized (
			select distinct m.advisory_id from matches m where @want_advisory and `+v.component("m.component_id")+`
		), recent as (
			(select a.id, a.changed_at from ours join advisories a on a.id = ours.advisory_id
			 where @touching and (a.changed_at, a.id) < (@at, @after_advisory)
			 order by a.changed_at desc, a.id desc limit @limit)
			union all
			(select a.id, a.changed_at from advisories a
			 where not @touching and @want_advisory and (a.changed_at, a.id) < (@at, @after_advisory)
			 order by a.changed_at desc, a.id desc limit @limit)
		), news as (
			(select 'advisory' as kind, id, changed_at as at, null::text as cve from recent)
			union all
			(select 'kev', n.id, n.at, n.cve
			 from (select k.cve, k.date_added::timestamp at time zone 'utc' as at,
			              split_part(k.cve, '-', 2)::bigint * 100000000 + split_part(k.cve, '-', 3)::bigint as id from kev k) n
			 where @want_kev and (n.at, n.id) < (@at, @after_kev) and (not @touching or `+v.held("n.cve")+`)
			 order by n.at desc, n.id desc limit @limit)
			union all
			(select 'report', r.id, r.stood_at, null
			 from threat_reports r
			 where @want_report and (r.stood_at, r.id) < (@at, @after_report) and (not @touching or `+v.touches()+`)
			 order by r.stood_at desc, r.id desc limit @limit)
		), page as (
			select * from news order by at desc, kind desc, id desc limit @limit
		)
		select p.kind, p.id, p.at, coalesce(v.name, p.cve, r.name, ''), coalesce(nullif(a.summary, ''), nullif(v.summary, ''), k.name, ''),
			coalesce(a.advisory_id, r.report_id, ''), coalesce(a.feed, r.feed, p.kind), coalesce(v.severity, 'unknown'), v.cvss_score::float8,
			k.cve is not null, a.first_seen is not null and a.first_seen >= a.changed_at, a.withdrawn is not null,
			case p.kind when 'advisory' then @touching or exists (select from matches m where m.advisory_id = a.id and `+v.component("m.component_id")+`)
				when 'kev' then @touching or `+v.held("p.cve")+` else @touching or `+v.touches()+` end
		from page p
		left join advisories a on p.kind = 'advisory' and a.id = p.id
		left join threat_reports r on p.kind = 'report' and r.id = p.id
		left join lateral (
			select w.name, w.summary, w.severity, w.cvss_score from vulnerabilities w
			where w.id = coalesce((select min(l.vulnerability_id) from advisory_vulnerabilities l where l.advisory_id = a.id),
				(select x.id from vulnerabilities x where x.name = p.cve))
		) v on p.kind <> 'report'
		left join kev k on k.cve = coalesce(p.cve, v.name)
		order by p.at desc, p.kind desc, p.id desc`, args)
	if err != nil {
		return NewsList{}, fmt.Errorf("list what came in: %w", pg.Problem(err))
	}
	var list NewsList
	if list.Items, err = pgx.CollectRows(rows, pgx.RowToStructByPos[News]); err != nil {
		return NewsList{}, fmt.Errorf("list what came in: %w", pg.Problem(err))
	}
	if len(list.Items) > limit {
		list.Items = list.Items[:limit]
		last := list.Items[limit-1]
		list.Next = newsCursor{last.At, last.Kind, last.ID}.String()
	}
	return list, nil
}

func (c newsCursor) String() string {
	raw, _ := json.Marshal([]any{c.At.UTC(), c.Kind, c.ID})
	return base64.RawURLEncoding.EncodeToString(raw)
}

func readNewsCursor(s string) (newsCursor, error) {
	var c newsCursor
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(raw, &[]any{&c.At, &c.Kind, &c.ID})
	}
	if err != nil || c.Kind == "" {
		return c, badCursor(err)
	}
	return c, nil
}
