package intel

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

// yearPart tells a part that is a year from one that is an ecosystem; see HeldRecords.
const yearPart = `^[0-9]{4}$`

// withdrawGone takes the records of a part that its service no longer has for withdrawn, in batches. What comes back
// later is written as if it were new.
func (s *Store) withdrawGone(ctx context.Context, r *run, held HeldRecords) error {
	gone, inForce, err := s.findGone(ctx, r.feed, held)
	if err != nil {
		return pg.Problem(err)
	}
	if err := r.guard.checkPart(held.Part, int64(len(gone)), inForce); err != nil {
		return err
	}
	for part := range slices.Chunk(gone, batchRecords) {
		after := r.counts
		err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
			after = r.counts
			if _, err := r.guard.check(int64(len(part))); err != nil {
				return err
			}
			toMatch, err := s.withdraw(ctx, tx, part)
			if err != nil {
				return err
			}
			after.Withdrawn += int64(len(part))
			after.Changed += int64(len(part))
			if err := s.enqueue(ctx, tx, toMatch); err != nil {
				return err
			}
			return r.save(ctx, tx, after)
		})
		if err != nil {
			return fmt.Errorf("withdraw records that feed %s no longer has: %w", r.feed, pg.Problem(err))
		}
		r.counts = after
		r.guard.note(int64(len(part)))
	}
	return nil
}

// findGone lists advisories.id in force that belong to the part and are not in its list, and counts those that belong.
func (s *Store) findGone(ctx context.Context, feed string, held HeldRecords) (gone []int64, inForce int64, err error) {
	err = pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `create temporary table held_records (advisory_id text) on commit drop`); err != nil {
			return fmt.Errorf("make room for the list of held records: %w", err)
		}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"held_records"}, []string{"advisory_id"},
			pgx.CopyFromSlice(len(held.IDs), func(i int) ([]any, error) { return []any{held.IDs[i]}, nil }))
		if err != nil {
			return fmt.Errorf("copy the list of held records: %w", err)
		}
		if _, err := tx.Exec(ctx, `analyze held_records`); err != nil {
			return fmt.Errorf("weigh the list of held records: %w", err)
		}
		rows, err := tx.Query(ctx, `
			with part as materialized (
				select a.id, a.advisory_id
				from advisories a
				where a.feed = @feed and a.withdrawn is null
					and case when @part = '' then true
						when @part ~ @year then a.advisory_id like 'CVE-' || @part || '-%'
						else exists (select from affected_packages p where p.advisory_id = a.id and p.ecosystem = @part) end
			)
			select p.id, (select count(*) from part)
			from part p
			left join held_records h on h.advisory_id = p.advisory_id
			where h.advisory_id is null
			order by p.id`,
			pgx.NamedArgs{"feed": feed, "part": held.Part, "year": yearPart})
		if err != nil {
			return fmt.Errorf("look for records that are gone: %w", err)
		}
		gone = nil
		var id int64
		_, err = pgx.ForEachRow(rows, []any{&id, &inForce}, func() error {
			gone = append(gone, id)
			return nil
		})
		if err != nil {
			return fmt.Errorf("look for records that are gone: %w", err)
		}
		return nil
	})
	return gone, inForce, err
}

// withdraw marks records and brings what hangs on them up to date. The emptied hash makes the record differ from itself,
// should it come back unchanged.
func (s *Store) withdraw(ctx context.Context, tx pgx.Tx, ids []int64) ([]int64, error) {
	if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", writerLock); err != nil {
		return nil, fmt.Errorf("wait for other writers of advisories: %w", err)
	}
	_, err := tx.Exec(ctx, `
		update advisories set withdrawn = @now, changed_at = @now, content_hash = ''
		where id = any(@ids) and withdrawn is null`, pgx.NamedArgs{"ids": ids, "now": s.now()})
	if err != nil {
		return nil, fmt.Errorf("mark records as withdrawn: %w", err)
	}
	return s.regroup(ctx, tx, ids, nil)
}
