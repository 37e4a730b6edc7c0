package backend

import (
	"archive/tar"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gomlx/go-xla/installer"
	"github.com/gomlx/go-xla/pjrt"
)

const (
	// reachTimeout is the time for the official release to answer. Behind a
	// firewall that drops packets it never does.
	reachTimeout = 4 * time.Second
	// stallTimeout is how long a download may stall.
	stallTimeout = 20 * time.Second
)

// fetchRelease downloads and unpacks the CPU plugin that go-xla was tested with.
// There is no published checksum: the connection is authenticated, and the file is
// checked to be a complete plugin.
func fetchRelease(ctx context.Context, staging string, options InstallOptions) (delivery, error) {
	locate := options.release
	if locate == nil {
		locate = locateRelease
	}
	options.Progress.say("looking for go-xla's release of XLA's CPU plugin")
	reach := cmp.Or(options.reach, reachTimeout)
	reachable, cancel := context.WithTimeout(ctx, reach)
	address, err := locate(reachable)
	cancel()
	switch {
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return delivery{}, fmt.Errorf("no answer within %v", reach)
	case err != nil:
		return delivery{}, fmt.Errorf("not reachable: %w", innermost(err))
	}
	archive := filepath.Join(staging, "release.tar.gz")
	options.Progress.say("downloading " + path.Base(address))
	if err := download(ctx, address, archive, options.Progress); err != nil {
		return delivery{}, err
	}
	options.Progress.say("unpacking XLA")
	return unpackRelease(ctx, archive, staging)
}

// innermost returns the cause of a failed request, without the address that
// go-xla's installer and the HTTP client each add.
func innermost(err error) error {
	var request *url.Error
	if errors.As(err, &request) {
		return request.Err
	}
	return err
}

// locateRelease returns the release's address, from go-xla's installer. The
// installer takes no context, so it is abandoned when ctx is done; its connection
// timeouts end it.
func locateRelease(ctx context.Context) (string, error) {
	type answer struct {
		address string
		err     error
	}
	answers := make(chan answer, 1)
	go func() {
		address, err := installer.CPUGetDownloadURL(runtime.GOOS+"_"+runtime.GOARCH, pjrt.DefaultCPUVersion)
		answers <- answer{address, err}
	}()
	select {
	case a := <-answers:
		return a.address, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// download writes the content of an address to a file. It gives up if the download
// stalls.
func download(ctx context.Context, address, to string, progress Progress) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := time.AfterFunc(stallTimeout, func() {
		cancel(fmt.Errorf("no data for %v", stallTimeout))
	})
	defer stalled.Stop()

	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("downloading %s: %w", path.Base(address), err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("downloading %s: %w", path.Base(address), cmp.Or(context.Cause(ctx), innermost(err)))
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("downloading %s: the server responds with %s", path.Base(address), response.Status)
	}
	body := &countingReader{from: response.Body, read: func(done int64) {
		stalled.Reset(stallTimeout)
		progress.count(done, response.ContentLength)
	}}
	if _, err := writeFile(ctx, to, 0o644, body); err != nil {
		return fmt.Errorf("downloading %s: %w", path.Base(address), cmp.Or(context.Cause(ctx), innermost(err)))
	}
	return nil
}

// countingReader reports how many bytes have been read.
type countingReader struct {
	from io.Reader
	read func(done int64)
	done atomic.Int64
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.read(r.done.Add(int64(n)))
	return n, err
}

// unpackRelease writes the archive's plugin, under its own name, and its licences
// to the staging folder.
func unpackRelease(ctx context.Context, archive, staging string) (delivery, error) {
	file, err := os.Open(archive)
	if err != nil {
		return delivery{}, err
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		return delivery{}, fmt.Errorf("opening the release's archive: %w", err)
	}
	var got delivery
	for members := tar.NewReader(plain); ; {
		member, err := members.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return delivery{}, fmt.Errorf("unpacking the release's archive: %w", err)
		}
		base := path.Base(path.Clean("/" + member.Name))
		name, isPlugin := pluginName(base)
		isLicence := strings.HasPrefix(base, "LICENSE") || strings.HasPrefix(base, "NOTICE")
		if member.Typeflag != tar.TypeReg || !isPlugin && !isLicence {
			continue
		}
		if isPlugin && !(Plugin{Name: name}).is("cpu") {
			continue
		}
		to, mode := filepath.Join(staging, base), os.FileMode(0o755)
		if isLicence {
			to, mode = filepath.Join(staging, cpuPluginFile()+"."+base), 0o644
		}
		if _, err := writeFile(ctx, to, mode, members); err != nil {
			return delivery{}, fmt.Errorf("unpacking the release's archive: %w", err)
		}
		if isPlugin {
			got.plugin = to
		} else {
			got.licences = append(got.licences, to)
		}
	}
	if got.plugin == "" {
		return delivery{}, errors.New("the release's archive contains no CPU plugin")
	}
	return got, nil
}
