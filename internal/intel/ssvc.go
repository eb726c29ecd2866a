package intel

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// WriteSSVC stores decision points within tx and returns how many rows it wrote. Of two decisions on one CVE the later
// stands, in whatever order they come; values that SSVC 2.0.3 does not know are taken as not stated.
func (s *Store) WriteSSVC(ctx context.Context, tx pgx.Tx, list []SSVC) (int64, error) {
	var cves, exploitations, automatables, impacts []string
	var decided []*time.Time
	at := map[string]int{}
	for _, d := range list {
		d.CVE = strings.ToUpper(strings.TrimSpace(d.CVE))
		d.Exploitation = oneOf(d.Exploitation, "none", "poc", "active")
		d.Automatable = oneOf(d.Automatable, "yes", "no")
		d.TechnicalImpact = oneOf(d.TechnicalImpact, "partial", "total")
		if !IsCVE(d.CVE) || d.Exploitation+d.Automatable+d.TechnicalImpact == "" {
			continue
		}
		when := nullTime(d.Decided.UTC().Truncate(time.Microsecond))
		i, twice := at[d.CVE]
		if twice {
			if laterOf(decided[i], when) == when {
				exploitations[i], automatables[i], impacts[i], decided[i] = d.Exploitation, d.Automatable, d.TechnicalImpact, when
			}
			continue
		}
		at[d.CVE] = len(cves)
		cves, exploitations = append(cves, d.CVE), append(exploitations, d.Exploitation)
		automatables, impacts = append(automatables, d.Automatable), append(impacts, d.TechnicalImpact)
		decided = append(decided, when)
	}
	if len(cves) == 0 {
		return 0, nil
	}
	// In the order of their names, so that two writers never wait for one another in a circle.
	tag, err := tx.Exec(ctx, `
		insert into ssvc as s (cve, exploitation, automatable, technical_impact, decided)
		select n.cve, n.exploitation, n.automatable, n.technical_impact, n.decided
		from unnest(@cves::text[], @exploitations::text[], @automatables::text[], @impacts::text[], @decided::timestamptz[])
			as n (cve, exploitation, automatable, technical_impact, decided)
		where not exists (
			select from ssvc h
			where h.cve = n.cve and (h.exploitation, h.automatable, h.technical_impact, h.decided)
				is not distinct from (n.exploitation, n.automatable, n.technical_impact, n.decided)
		)
		order by n.cve
		on conflict (cve) do update set exploitation = excluded.exploitation, automatable = excluded.automatable,
			technical_impact = excluded.technical_impact, decided = excluded.decided
		where s.decided is null or excluded.decided >= s.decided`,
		pgx.NamedArgs{"cves": cves, "exploitations": exploitations, "automatables": automatables, "impacts": impacts,
			"decided": decided})
	if err != nil {
		return 0, fmt.Errorf("write SSVC decision points: %w", err)
	}
	return tag.RowsAffected(), nil
}

func oneOf(s string, known ...string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if slices.Contains(known, s) {
		return s
	}
	return ""
}
