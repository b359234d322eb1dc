"""OpenCV, set up before it is loaded: import `cv2` from here, so that the order of imports does not matter.

OpenCV reads these variables when it is loaded or first captures. A camera that hangs is given up after one second
instead of ten, and FFmpeg keeps its chatter off standard error.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "1")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

import cv2

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # a warning for each failed read would fill the log

__all__ = ["cv2"]
