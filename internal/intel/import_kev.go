package intel

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// shrinkGuard is the share of what is held below which a whole-file feed is taken for broken: both KEV and EPSS only
// grow, but for single corrections.
const shrinkGuard = 0.95

// ImportKEV makes the stored catalogue equal to this one, in one transaction: entries come, change and go. A catalogue
// that lost more than 5 % of what is held is refused (kind Invalid), since such a file has always been a broken one.
func (s *Store) ImportKEV(ctx context.Context, c KEVCatalogue) (RunResult, error) {
	r, err := s.openRun(ctx, "kev", TriggerImport)
	if err != nil {
		return RunResult{Feed: "kev"}, err
	}
	for _, in := range c.Refused {
		r.refuse(in.Path, in.Refused)
	}
	counts := r.counts
	err = pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		counts = r.counts
		counts.Seen += int64(len(c.Entries) + len(c.Refused))
		if err := writeKEV(ctx, tx, c.Entries, &counts); err != nil {
			return err
		}
		return r.save(ctx, tx, counts)
	})
	if err == nil {
		r.counts = counts
	}
	return s.closeRun(ctx, r, pg.Problem(err))
}

func writeKEV(ctx context.Context, tx pgx.Tx, entries []KEVEntry, counts *Counts) error {
	_, err := tx.Exec(ctx, `
		create temporary table incoming_kev (
			cve text, date_added date, due_date date, ransomware boolean, name text, required_action text, notes text,
			content_hash bytea
		) on commit drop`)
	if err != nil {
		return fmt.Errorf("make room for the KEV catalogue: %w", err)
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"incoming_kev"}, []string{"cve", "date_added", "due_date", "ransomware", "name",
		"required_action", "notes", "content_hash"},
		pgx.CopyFromSlice(len(entries), func(i int) ([]any, error) {
			e := entries[i]
			content, err := json.Marshal(e)
			if err != nil {
				return nil, fmt.Errorf("encode %s: %w", e.CVE, err)
			}
			hash := sha256.Sum256(content)
			return []any{e.CVE, e.DateAdded, nullTime(e.DueDate), e.Ransomware, e.Name, e.RequiredAction, e.Notes, hash[:]}, nil
		}))
	if err != nil {
		return fmt.Errorf("copy the KEV catalogue: %w", err)
	}
	if err := refuseShrunk(ctx, tx, "the KEV catalogue", len(entries), `select count(*) from kev`); err != nil {
		return err
	}
	err = tx.QueryRow(ctx, `
		with written as (
			insert into kev (cve, date_added, due_date, ransomware, name, required_action, notes, content_hash)
			select cve, date_added, due_date, ransomware, name, required_action, notes, content_hash
			from incoming_kev i
			where not exists (select from kev k where k.cve = i.cve and k.content_hash = i.content_hash)
			on conflict (cve) do update set
				date_added = excluded.date_added, due_date = excluded.due_date, ransomware = excluded.ransomware,
				name = excluded.name, required_action = excluded.required_action, notes = excluded.notes,
				content_hash = excluded.content_hash
			returning xmax = 0 as added
		), gone as (
			delete from kev k where not exists (select from incoming_kev i where i.cve = k.cve) returning 1
		)
		select count(*) filter (where added), count(*) filter (where not added), (select count(*) from gone)
		from written`).Scan(&counts.Added, &counts.Changed, &counts.Withdrawn)
	if err != nil {
		return fmt.Errorf("write the KEV catalogue: %w", err)
	}
	return nil
}

// refuseShrunk compares the number of entries that came with what is held.
func refuseShrunk(ctx context.Context, tx pgx.Tx, what string, came int, countHeld string) error {
	var held int
	if err := tx.QueryRow(ctx, countHeld).Scan(&held); err != nil {
		return fmt.Errorf("count what is held: %w", err)
	}
	if float64(came) < shrinkGuard*float64(held) {
		return problem.New(problem.Invalid,
			"%s is refused: it has %d entries and %d are held, and it only ever grows; the file is likely cut off or of another kind",
			what, came, held)
	}
	return nil
}
