# A level on the edge of a window, a level that does not come to rest, a contactor that wears, a board that sees nothing.
Feature: The safety of the board at its edges

  Background:
    Given a charger where nobody needs a token

  # B at the upper end of the window of C: the noise carries half of the samples back into it.
  @CP-11 @CP-29
  Scenario Outline: A car that goes to B on the edge of C, with noise, is cut off at once: <resistance>
    Given the car's resistor for state B is <resistance>
    When the driver plugs in
    And 5 s pass
    And the car asks for energy
    Then within 10 s the contactor closes
    When there is noise of 0.3 V on the pilot
    And the car stops asking for energy
    Then within 100 ms the contactor opens
    And for 20 s the contactor stays open

    Examples:
      | resistance |
      | 1750 ohm   |
      | 1756 ohm   |
      | 1770 ohm   |
      | 1800 ohm   |

  # C at the upper end of its window: as often no C as C.
  @CP-29
  Scenario Outline: Nothing closes while a level does not come to rest: <resistance>
    Given the car's resistor for state C is <resistance>
    When the driver plugs in
    And 5 s pass
    And there is noise of 0.3 V on the pilot
    And the car asks for energy
    Then for 60 s the contactor stays open

    Examples:
      | resistance |
      | 2467 ohm   |
      | 2500 ohm   |
      | 2600 ohm   |

  @CP-29
  Scenario Outline: A level that is C in spite of the noise charges: <resistance>
    Given the car's resistor for state C is <resistance>
    When the driver plugs in
    And 5 s pass
    And there is noise of 0.3 V on the pilot
    And the car asks for energy
    Then within 10 s the contactor closes
    And for 60 s the contactor stays closed

    Examples:
      | resistance |
      | 1100 ohm   |
      | 1300 ohm   |
      | 1600 ohm   |

  @CP-29
  Scenario: A car that goes back and forth while nothing may flow closes nothing
    Given a charger that asks for a token
    When the driver plugs in
    And 2 s pass
    And the car pulses C for 30 ms
    And the car pulses C for 60 ms
    Then for 5 s the contactor stays open

  @CP-16
  Scenario: A short in the cable with nobody there does not take the next car's turn
    Given the control pilot is shorted to earth
    Then for 3 s the contactor stays open
    When the short to earth is gone
    And 2 s pass
    And the driver plugs in
    Then within 10 s the contactor closes

  @CP-23
  Scenario: A weld that comes free takes along what followed from it
    Given a charger that asks for a token
    And a car is charging
    When the contactor welds
    And the CSMS requests a stop
    Then within 10 s the fault ContactorWelded is detected
    When 10 s pass
    And the CSMS asks to unlock the plug
    Then within 5 s the charger answers UnlockConnector with UnlockFailed
    When the contactor is mended
    Then within 5 s the lock frees the plug
    When the CSMS asks to unlock the plug
    Then within 5 s the charger answers UnlockConnector with Unlocked
    When the driver unplugs
    Then within 5 s the fault ContactorWelded is cleared
    And within 5 s the connector is Available

  @CP-29
  Scenario: A car that asks again and again is held back, and in the end not served any more
    Given the car waits before it asks for energy
    When the driver plugs in
    And 5 s pass
    And the car pauses and asks again 150 times, 1 s each
    Then within 10 s the fault ContactorOverused is detected
    When the car asks for energy
    Then for 60 s the contactor stays open
    When the driver unplugs
    Then within 10 s the fault ContactorOverused is cleared
    When the driver plugs in
    And the car asks for energy
    Then within 30 s the contactor closes
