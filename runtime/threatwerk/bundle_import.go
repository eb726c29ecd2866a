package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/intel/bundle"
	"github.com/threatwerk/threatwerk/runtime/app"
)

func bundleImportCommand() *cobra.Command {
	var from trustFlags
	var noOlder, accept bool
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Take over what a bundle holds, once its signature and every record were checked",
		Long: `import takes over what a bundle holds. The signature, and then every record, are checked before anything is written.

It may be stopped at any moment and repeated: what is committed stays, unchanged records are not written. Releases that a
changed record reaches are brought up to date by the running server.`,
		Args: takes("one bundle", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, file, err := from.open(args[0])
			if err != nil {
				return err
			}
			defer file.Close()
			return withStores(cmd.Context(), func(ctx context.Context, stores *app.Stores) error {
				w := cmd.ErrOrStderr()
				line := newProgress(w, "", 0)
				err := bundle.Import(ctx, stores.Intel, b, bundle.ImportOptions{
					RefuseOlder: noOlder, AcceptWithdrawals: accept,
					Progress: func(feed string, of int64, p intel.Progress) {
						line.name, line.total = feed, int(of)
						line.show(p)
					},
					Done: func(r intel.RunResult) {
						line.name = r.Feed
						line.end(r, nil)
					},
					Warn: func(words string) { fmt.Fprintln(w, "warning:", clean(words)) },
				})
				if line.clear(); err != nil {
					return fmt.Errorf("%s: %w", args[0], err)
				}
				return nil
			})
		},
	}
	from.add(cmd)
	cmd.Flags().BoolVar(&from.unsigned, "allow-unsigned", false, "take a bundle that nobody signed, or without knowing the key")
	cmd.Flags().BoolVar(&accept, "accept-withdrawals", false, "let the bundle withdraw more than a tenth of what is held of a feed")
	cmd.Flags().BoolVar(&noOlder, "no-older", false, "refuse a bundle of which any feed is older than what is held")
	return cmd
}

func bundleInspectCommand() *cobra.Command {
	var from trustFlags
	var format string
	cmd := &cobra.Command{
		Use: "inspect FILE", Short: "Say what a bundle holds and whether it is whole; needs no database",
		Args: takes("one bundle", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return usage(cmd, fmt.Errorf("--format %q: use text or json", format))
			}
			trust, err := from.trust()
			if err != nil {
				return err
			}
			// Looking is harmless, so it needs no key; with one the signature is checked.
			from.unsigned = true
			b, file, err := from.open(args[0])
			if err != nil {
				return err
			}
			defer file.Close()
			// What a later version wrote can be looked at: sections are counted and not understood.
			if err := b.Verify(cmd.Context(), func(bundle.Section) (bundle.Check, bool) { return nil, true }); err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			return writeManifest(cmd.OutOrStdout(), b, trust.Key != nil, format)
		},
	}
	from.add(cmd)
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

func writeManifest(w io.Writer, b *bundle.Bundle, checked bool, format string) error {
	m := b.Manifest()
	if format == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", " ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(map[string]any{
			"manifest": m, "size": b.Size(), "sha256": b.Digest(), "signed_by": b.SignedBy(), "signature_checked": checked && b.SignedBy() != "",
		})
	}
	signature := "nobody signed it"
	switch {
	case b.SignedBy() != "" && checked:
		signature = "signed with the key " + b.SignedBy() + ", and the signature is right"
	case b.SignedBy() != "":
		signature = "says it is signed with the key " + b.SignedBy() + "; not checked, since no public key was given"
	}
	fmt.Fprintf(w, "Format %d, written by ThreatWerk %s on %s, %.1f MB; %s\n", m.Format, clean(m.Product),
		m.Created.UTC().Format("2006-01-02 15:04 UTC"), float64(b.Size())/1e6, signature)
	for _, s := range m.Sections {
		newest := ""
		if !s.Newest.IsZero() {
			newest = ", newest " + s.Newest.UTC().Format(time.DateOnly)
		}
		if n := s.Headers(); n > 0 {
			newest += fmt.Sprintf(", %d of them headers without indicators", n)
		}
		if _, err := fmt.Fprintf(w, "  %s: %d records, %.1f MB unpacked%s, SHA-256 %s\n", clean(s.Title()), s.Records, float64(s.Bytes)/1e6,
			newest, s.SHA256); err != nil {
			return err
		}
	}
	return nil
}

// exported is the progress of an export.
func (p *progress) exported(section string, records, of int64) {
	every := 5 * time.Second
	if p.tty {
		every = 100 * time.Millisecond
	}
	if time.Since(p.last) < every {
		return
	}
	p.last = time.Now()
	text := fmt.Sprintf("%s: %d of %d records", clean(section), records, of)
	if p.tty {
		fmt.Fprintf(p.w, "\r\x1b[K%s", text)
		return
	}
	fmt.Fprintln(p.w, text)
}

// clear takes the line away.
func (p *progress) clear() {
	if p.tty {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
