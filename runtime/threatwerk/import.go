package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/epss"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/kev"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/nvd"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/osv"
	"github.com/threatwerk/threatwerk/runtime/app"
)

// sources are what one import reads.
type sources struct {
	osv, nvd []string
	kev      string
	epss     string
}

func importCommand() *cobra.Command {
	var from sources
	cmd := &cobra.Command{
		Use:   "import [--osv PATH...] [--nvd PATH...] [--kev FILE] [--epss FILE]",
		Short: "Load vulnerability data from files, for places without internet",
		Long: `import loads what the feeds publish as files into DATABASE_URL. Paths may follow a flag one after the other.

  --osv   OSV dumps (all.zip), folders of records, or single records
  --nvd   NVD API 2.0 pages or yearly feed files, plain or gzip, or folders of them
  --kev   CISA's known_exploited_vulnerabilities.json
  --epss  FIRST's epss_scores-*.csv, plain or gzip

It may be repeated and may be stopped at any moment: what is committed stays, unchanged records are not written. Records
that cannot be read are counted and named; they do not stop the rest. Releases that a changed record reaches are brought
up to date by the running server.`,
		RunE: func(cmd *cobra.Command, rest []string) error {
			// A shell expands --osv */all.zip to one value and further arguments: those belong to the flag before them.
			switch {
			case len(rest) > 0 && len(from.osv) > 0 && len(from.nvd) == 0:
				from.osv = append(from.osv, rest...)
			case len(rest) > 0 && len(from.nvd) > 0 && len(from.osv) == 0:
				from.nvd = append(from.nvd, rest...)
			case len(rest) > 0:
				return fmt.Errorf("%q: repeat --osv or --nvd before each path when both are given", rest[0])
			}
			if len(from.osv) == 0 && len(from.nvd) == 0 && from.kev == "" && from.epss == "" {
				return usage(cmd, errors.New("nothing to import: give --osv, --nvd, --kev or --epss"))
			}
			return withStores(cmd.Context(), func(ctx context.Context, stores *app.Stores) error {
				return runImport(ctx, stores.Intel, from, cmd.ErrOrStderr())
			})
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&from.osv, "osv", nil, "OSV dumps, folders or records")
	flags.StringArrayVar(&from.nvd, "nvd", nil, "NVD pages, yearly files or folders")
	flags.StringVar(&from.kev, "kev", "", "CISA KEV catalogue")
	flags.StringVar(&from.epss, "epss", "", "EPSS scores of a day")
	return cmd
}

func runImport(ctx context.Context, store *intel.Store, from sources, w io.Writer) error {
	// KEV and EPSS come first: they are joined when read, and small.
	if from.kev != "" {
		if err := importKEV(ctx, store, from.kev, w); err != nil {
			return fmt.Errorf("%s: %w", from.kev, err)
		}
	}
	if from.epss != "" {
		if err := importEPSS(ctx, store, from.epss, w); err != nil {
			return fmt.Errorf("%s: %w", from.epss, err)
		}
	}
	if len(from.osv) > 0 {
		source, err := osv.Open(from.osv)
		if err != nil {
			return err
		}
		defer source.Close()
		line := newProgress(w, "osv", source.Len())
		result, err := store.ImportOSV(ctx, source.Records(ctx), line.show)
		if line.end(result, err); err != nil {
			return err
		}
	}
	if len(from.nvd) > 0 {
		files, err := nvd.Find(from.nvd)
		if err != nil {
			return err
		}
		line := newProgress(w, "nvd", 0)
		result, err := store.ImportAdvisories(ctx, "nvd", intel.TriggerImport, nvd.Records(ctx, files), line.show)
		if line.end(result, err); err != nil {
			return err
		}
	}
	return nil
}

func importKEV(ctx context.Context, store *intel.Store, file string, w io.Writer) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	catalogue, err := kev.Parse(f)
	if err != nil {
		return err
	}
	result, err := store.ImportKEV(ctx, catalogue)
	newProgress(w, "kev", 0).end(result, err)
	return err
}

func importEPSS(ctx context.Context, store *intel.Store, file string, w io.Writer) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	scores, err := epss.Open(f)
	if err != nil {
		return err
	}
	result, err := store.ImportEPSS(ctx, scores.Header, scores.Lines())
	newProgress(w, "epss", 0).end(result, err)
	return err
}

// progress is a line that is written over on a terminal, and now and then elsewhere.
type progress struct {
	w     io.Writer
	name  string
	total int // 0: not known before
	tty   bool
	last  time.Time
}

func newProgress(w io.Writer, name string, total int) *progress {
	return &progress{w: w, name: name, total: total, tty: isTerminal(w)}
}

func (p *progress) show(s intel.Progress) {
	every := 5 * time.Second
	if p.tty {
		every = 100 * time.Millisecond
	}
	if time.Since(p.last) < every {
		return
	}
	p.last = time.Now()
	of := ""
	if p.total > 0 {
		of = fmt.Sprintf(" of %d (%d %%)", p.total, 100*s.Seen/int64(p.total))
	}
	text := fmt.Sprintf("%s: %d%s records, %d new, %d changed, %d refused, %.0f/s", p.name, s.Seen, of, s.Added, s.Changed, s.Refused, s.Rate())
	if p.tty {
		fmt.Fprintf(p.w, "\r\x1b[K%s", text)
		return
	}
	fmt.Fprintln(p.w, text)
}

func (p *progress) end(r intel.RunResult, err error) {
	if p.tty {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
	if err != nil {
		return
	}
	fmt.Fprintf(p.w, "%s: %d records, %d new, %d changed, %d withdrawn, %d refused, in %.1f s (%.0f/s)\n",
		p.name, r.Seen, r.Added, r.Changed, r.Withdrawn, r.Refused, r.Elapsed.Seconds(), r.Rate())
	const most = 10
	for i, f := range r.Faults {
		if i == most {
			fmt.Fprintf(p.w, "  and %d more, in run %d of the feed\n", len(r.Faults)-most, r.RunID)
			break
		}
		fmt.Fprintf(p.w, "  %s: %s\n", clean(f.Path), clean(f.Message))
	}
}
