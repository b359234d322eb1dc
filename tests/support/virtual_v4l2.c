/* A Video4Linux2 camera for one process: preload it (LD_PRELOAD) before the C library.
 *
 * The file named by VIRTUAL_V4L2_NODE is the camera; calls on other files pass through. Its first byte says what the
 * camera does and may be rewritten at any time: M delivers Motion-JPEG, Y knows YUYV only, H hangs. When the file is
 * taken away the camera is unplugged (ENODEV). Motion-JPEG frames are the bytes of the file named by
 * VIRTUAL_V4L2_FRAME. Linux kernel, "Video for Linux API": streaming I/O (memory mapping), VIDIOC_DQBUF. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#define MOST_BUFFERS 8
#define FRAME_NS 10000000L

static int camera_fd = -1, queued[MOST_BUFFERS], queued_count;
static unsigned buffer_count;
static void *memory[MOST_BUFFERS];
static struct v4l2_pix_format format = {.width = 640, .height = 360, .pixelformat = V4L2_PIX_FMT_YUYV};
static long due_ns;

static long now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

static int open_really(const char *path, int flags, mode_t mode) {
    int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, "open64");
    return next(path, flags, mode);
}

static int close_really(int fd) {
    int (*next)(int) = dlsym(RTLD_NEXT, "close");
    return next(fd);
}

static size_t read_file(const char *name, void *into, size_t most) {
    int fd = open_really(getenv(name), O_RDONLY, 0);
    if (fd < 0) return 0;
    ssize_t count = read(fd, into, most);
    close_really(fd);
    return count > 0 ? (size_t)count : 0;
}

static char behaviour(void) { /* 0: unplugged */
    char kind = 0;
    read_file("VIRTUAL_V4L2_NODE", &kind, 1);
    return kind;
}

static int fail(int code) {
    errno = code;
    return -1;
}

static int negotiate(struct v4l2_format *wanted) {
    if (wanted->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return fail(EINVAL);
    struct v4l2_pix_format *pix = &wanted->fmt.pix;
    if (pix->pixelformat != V4L2_PIX_FMT_MJPEG || behaviour() == 'Y') pix->pixelformat = V4L2_PIX_FMT_YUYV;
    pix->width = 640, pix->height = 360, pix->field = V4L2_FIELD_NONE;
    pix->bytesperline = pix->pixelformat == V4L2_PIX_FMT_YUYV ? 1280 : 0;
    pix->sizeimage = 640 * 360 * 2, pix->colorspace = V4L2_COLORSPACE_SRGB;
    return 0;
}

static int dequeue(struct v4l2_buffer *buffer) {
    char kind = behaviour();
    if (!kind) return fail(ENODEV);
    if (!queued_count || kind == 'H' || now_ns() < due_ns) return fail(EAGAIN);
    due_ns = now_ns() + FRAME_NS;
    int index = queued[0];
    memmove(queued, queued + 1, --queued_count * sizeof *queued);
    buffer->index = index, buffer->flags = 0, buffer->length = format.sizeimage;
    if (format.pixelformat == V4L2_PIX_FMT_MJPEG) {
        memset(memory[index], 0xd9, format.sizeimage); /* what an older, longer frame left behind */
        buffer->bytesused = read_file("VIRTUAL_V4L2_FRAME", memory[index], format.sizeimage);
    } else {
        memset(memory[index], 0x80, format.sizeimage);
        buffer->bytesused = format.sizeimage;
    }
    return 0;
}

static int request_buffers(struct v4l2_requestbuffers *wanted) {
    for (unsigned i = 0; i < buffer_count; i++) munmap(memory[i], format.sizeimage);
    buffer_count = wanted->count = wanted->count > MOST_BUFFERS ? MOST_BUFFERS : wanted->count;
    queued_count = 0;
    for (unsigned i = 0; i < buffer_count; i++) {
        void *(*next)(void *, size_t, int, int, int, off_t) = dlsym(RTLD_NEXT, "mmap64");
        memory[i] = next(NULL, format.sizeimage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
    return 0;
}

static int describe_buffer(struct v4l2_buffer *buffer) {
    if (buffer->index >= buffer_count) return fail(EINVAL);
    buffer->length = format.sizeimage;
    buffer->m.offset = buffer->index * format.sizeimage;
    return 0;
}

static int answer(unsigned long request, void *argument) {
    struct v4l2_capability *capability = argument;
    struct v4l2_format *wanted = argument;
    if (!behaviour()) return fail(ENODEV);
    switch (request) {
    case VIDIOC_QUERYCAP:
        memset(capability, 0, sizeof *capability);
        strcpy((char *)capability->driver, "virtual");
        capability->capabilities = capability->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
        return 0;
    case VIDIOC_S_FMT:
        if (negotiate(wanted) < 0) return -1;
        format = wanted->fmt.pix;
        return 0;
    case VIDIOC_TRY_FMT:
        return negotiate(wanted);
    case VIDIOC_G_FMT:
        wanted->fmt.pix = format;
        return negotiate(wanted);
    case VIDIOC_G_PARM:
    case VIDIOC_S_PARM:
        ((struct v4l2_streamparm *)argument)->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
        return 0;
    case VIDIOC_REQBUFS:
        return request_buffers(argument);
    case VIDIOC_QUERYBUF:
        return describe_buffer(argument);
    case VIDIOC_QBUF:
        queued[queued_count++] = ((struct v4l2_buffer *)argument)->index;
        return 0;
    case VIDIOC_DQBUF:
        return dequeue(argument);
    case VIDIOC_STREAMON:
        return 0;
    case VIDIOC_STREAMOFF:
        queued_count = 0;
        return 0;
    default:
        return fail(EINVAL);
    }
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    int fd = open_really(path, flags, mode);
    /* OpenCV alone opens it for reading and writing; the tests' own writes do not. */
    if (fd >= 0 && (flags & O_ACCMODE) == O_RDWR && !strcmp(path, getenv("VIRTUAL_V4L2_NODE"))) camera_fd = fd;
    return fd;
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open64(path, flags, mode);
}

int close(int fd) {
    if (fd == camera_fd) camera_fd = -1;
    return close_really(fd);
}

int ioctl(int fd, unsigned long request, ...) {
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if (fd >= 0 && fd == camera_fd) return answer(request, argument);
    int (*next)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
    return next(fd, request, argument);
}

void *mmap64(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
    if (fd >= 0 && fd == camera_fd) return memory[offset / format.sizeimage];
    void *(*next)(void *, size_t, int, int, int, off_t) = dlsym(RTLD_NEXT, "mmap64");
    return next(at, length, protection, flags, fd, offset);
}

void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
    return mmap64(at, length, protection, flags, fd, offset);
}

int munmap(void *at, size_t length) {
    for (unsigned i = 0; camera_fd >= 0 && i < buffer_count; i++)
        if (at == memory[i]) return 0;
    int (*next)(void *, size_t) = dlsym(RTLD_NEXT, "munmap");
    return next(at, length);
}

int select(int count, fd_set *readable, fd_set *writable, fd_set *odd, struct timeval *timeout) {
    if (camera_fd < 0 || !readable || !FD_ISSET(camera_fd, readable)) {
        int (*next)(int, fd_set *, fd_set *, fd_set *, struct timeval *) = dlsym(RTLD_NEXT, "select");
        return next(count, readable, writable, odd, timeout);
    }
    long until_ns = now_ns() + timeout->tv_sec * 1000000000L + timeout->tv_usec * 1000L;
    while (behaviour() == 'H' || now_ns() < due_ns) {
        if (now_ns() >= until_ns) return 0;
        usleep(1000);
    }
    return 1;
}
