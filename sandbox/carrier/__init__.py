"""A parcel carrier that issues numbers and sort codes and leaves printing to the shipper.

Source: https://openapi.epost.go.kr and https://www.cjlogistics.com/ko/tool/parcel/tracking (what Korean carriers show).
"""
