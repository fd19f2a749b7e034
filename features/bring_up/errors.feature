# Errors, each by its physical cause: found by the charger itself, under the number they have in the list of minimum required
# error codes.
@bring-up @operator @requires:board
Feature: Bring-up: errors

  Background:
    Given a charger where nobody needs a token

  @BU-ER-01 @timing
  Scenario Outline: <cause>: <fault>
    Given a car is connected and the contactor is closed
    When <cause>
    Then the time until the fault <fault> is detected is at most 100 ms
    And the time until the contactor opens is at most 100 ms
    And the fault <fault> has the number MREC <number>
    And within 1 s the connector is Faulted

    Examples:
      | cause                                 | fault                   | number |
      | the control pilot is shorted to earth | PilotShort              | 14     |
      | the contactor falls open              | ContactorOpenedByItself | 17     |

  @BU-ER-01 @timing @requires:lock
  Scenario: the proximity wire breaks: ProximityFault
    Given a car is connected and the contactor is closed
    When the proximity wire breaks
    Then the time until the fault ProximityFault is detected is at most 100 ms
    And the time until the contactor opens is at most 100 ms
    And the fault ProximityFault has the number MREC 23
    And within 1 s the connector is Faulted

  @BU-ER-02 @timing
  Scenario Outline: <cause>: <fault>
    Given a car is connected and the contactor is closed
    When <cause>
    Then the time until the fault <fault> is detected is at most 100 ms
    And the time until the contactor opens is at most 100 ms
    And within 1 s the connector is Faulted

    Examples:
      | cause                           | fault                   |
      | the diode in the car is shorted | DiodeFault              |
      | the car asks for ventilation    | VentilationNotAvailable |

  @BU-ER-03
  Scenario: A contactor that does not close
    Given the contactor does not close
    When the driver plugs in
    Then the time from the pilot is in state C until the fault ContactorFailedToClose is detected is at most 1 s
    And the fault ContactorFailedToClose has the number MREC 17

  @BU-ER-04 @requires:lock
  Scenario Outline: A lock that does not hold: <cause>
    Given <cause>
    When the driver plugs in
    Then the time until the fault LockFailed is detected is at most 3 s
    And the fault LockFailed has the number MREC 1
    When 10 s pass
    Then the number of contactor closings is exactly 0

    Examples:
      | cause                          |
      | the lock jams                  |
      | the contact of the lock sticks |
      | the lock cannot be reached     |

  @BU-ER-05
  Scenario Outline: A board that cannot be understood: <cause>
    Given a car is connected and the contactor is closed
    When <cause>
    Then the time until the contactor opens is at most 3 s
    And the time until the fault BoardLost is detected is at most 3 s

    Examples:
      | cause                                  |
      | the link to the power board is lost    |
      | the link to the power board is garbled |

  @BU-ER-06 @requires:meter
  Scenario: A meter that is lost
    Given a car is connected and the contactor is closed
    When the meter is lost
    Then the time until the fault MeterLost is detected is at most 12 s
    And the time until the contactor opens is at most 25 s

  @BU-ER-07 @requires:dc @requires:imd @energised
  Scenario Outline: Too little insulation, from DC <line> to earth
    Given a charger with a DC supply
    And the bench sets the DC supply to 400 V and 1 A
    And the bench switches the DC supply on
    When 6 s pass
    And 90 kohm leaks from DC <line> to earth
    Then the time until the fault InsulationFault is detected is at most 10 s
    And the fault InsulationFault has the number MREC 22
    And the time until the supply voltage is at most 60 V is at most 12 s

    Examples:
      | line  |
      | plus  |
      | minus |

  @BU-ER-08 @requires:dc
  Scenario: A DC supply that is lost
    Given a charger with a DC supply
    And a car is connected and the contactor is closed
    When the DC supply is lost
    Then the time until the fault SupplyLost is detected is at most 1 s
    And the time until the contactor opens is at most 5 s
